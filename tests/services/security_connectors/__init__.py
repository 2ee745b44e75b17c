"""The server security connectors that come with the program."""
