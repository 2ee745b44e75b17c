"""The intake of lineage events: they are kept on disk from the moment they are accepted until they are catalogued."""
