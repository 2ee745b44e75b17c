"""Supervision: a daemon, a nursery for each integration service, and the current work of their connectors."""
