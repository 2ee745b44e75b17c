"""What connectors to third parties with an HTTP interface have in common."""
