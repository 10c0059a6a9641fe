"""Floor 6: findings as text for people and in the formats that programs read."""
