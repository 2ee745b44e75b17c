"""The built-in destinations."""
