"""Floor 3: regions, the trusted zero test, boundaries and counterexamples."""
