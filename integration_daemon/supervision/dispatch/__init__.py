"""Dispatch of work: a worker pool, a schedule, and their metrics, independent of connectors."""
