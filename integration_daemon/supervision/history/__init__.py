"""The last refreshes of connectors, kept over restarts of the daemon."""
