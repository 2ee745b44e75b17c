"""The common part of the stores that keep open metadata in the tables of a database."""
