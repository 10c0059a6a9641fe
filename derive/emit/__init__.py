"""Printers that turn proved losses into NumPy modules and documentation pages."""
