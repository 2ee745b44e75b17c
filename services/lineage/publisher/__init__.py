"""The publisher of OpenLineage events."""
