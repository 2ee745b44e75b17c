"""Storage of the users and groups that identity providers push, in the data directory of the server."""
