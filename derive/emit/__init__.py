"""Floor 5: printers that turn proved losses into NumPy modules and documentation pages."""
