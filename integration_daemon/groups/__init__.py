"""Integration groups: connectors that are read from a metadata server instead of the configuration document."""
