"""Floor 5: certificates in Coq, which need neither this project nor SymPy to be believed."""
