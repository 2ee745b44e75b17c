"""The routes of Egeria's metadata access servers."""
