"""For authors of connectors: the connector interface, contexts, metadata, and a folder for each integration service.

This layer knows nothing of daemons, HTTP servers or schedules.
"""
