"""Tests of the catalogue connectors."""
