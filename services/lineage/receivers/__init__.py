"""Connectors that receive lineage events from files and topics."""
