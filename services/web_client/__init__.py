"""The HTTP client of connectors to third parties: addresses, authentication, and errors."""
