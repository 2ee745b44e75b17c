"""The intake of lineage events: accepted events are on disk until they are catalogued."""
