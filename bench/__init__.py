"""Measurements of the prover and of the code that it lets through."""
