"""Formulas equal to the declared ones that floating point evaluates better.

A specification may state such forms, and a search finds others; the rules for sums over a slice
apply by themselves. Each result is claimed equal to what it replaces, and the claim goes through
the prover like any other before code is emitted.
"""
