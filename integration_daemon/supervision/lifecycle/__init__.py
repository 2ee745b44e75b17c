"""The life cycle of a connector, in steps: the only code that calls a connector."""
