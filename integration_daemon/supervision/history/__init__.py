"""The last refreshes of connectors, kept across restarts of the daemon."""
