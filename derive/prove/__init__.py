"""Regions, the trusted zero test, boundaries and counterexamples."""
