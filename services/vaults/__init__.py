"""The built-in vaults."""
