"""The destinations that come with the daemon."""
