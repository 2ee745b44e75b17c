"""The vaults that come with the daemon."""
