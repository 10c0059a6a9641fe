"""Attacks on the prover: random claims, the laws that verdicts obey, and a command to run them."""
