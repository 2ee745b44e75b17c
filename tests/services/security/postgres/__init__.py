"""Tests of the protection of tables and columns in PostgreSQL."""
