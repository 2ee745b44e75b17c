"""What the stores that keep open metadata in tables of a database have in common."""
