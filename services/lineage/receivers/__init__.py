"""Connectors that receive lineage events from elsewhere: files and topics."""
