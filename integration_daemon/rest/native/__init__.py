"""The native routes, below `/api/v1`."""
