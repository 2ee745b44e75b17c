"""Supervision: a daemon, a nursery per integration service, and whatever their connectors are doing now."""
