"""OpenLineage: its events, the facets that are understood, and the names of data sets."""
