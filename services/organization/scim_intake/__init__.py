"""The users and groups that identity providers have pushed, kept in the data directory of the server."""
