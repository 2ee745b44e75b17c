"""The state of one connector: its configuration, its state, its current run and the requests to it."""
