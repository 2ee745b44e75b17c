"""The built-in server security connectors."""
