"""The steps of a connector's life: the only code that calls a connector."""
