"""Certificates in Coq, which need neither this project nor SymPy to be believed."""
