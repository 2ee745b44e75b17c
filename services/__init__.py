"""What a connector author sees: the connector interface, contexts, metadata, one folder per integration service.

This floor knows nothing of daemons, HTTP servers or schedules.
"""
