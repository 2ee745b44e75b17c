"""Traces of refreshes and requests, an extra."""
