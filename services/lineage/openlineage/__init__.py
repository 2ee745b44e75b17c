"""OpenLineage: its events, the supported facets, and the names of data sets."""
