"""Sources of secrets: environment variables, files, systemd credentials and vaults."""
