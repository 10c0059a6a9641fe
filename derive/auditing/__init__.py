"""Audits: the formulas that NumPy code computes, proved or refuted as those of specifications.

``derive.audit`` is ``derive.auditing.ask.audit``.
"""
