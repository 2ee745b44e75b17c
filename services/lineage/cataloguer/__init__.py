"""The cataloguer of OpenLineage events."""
