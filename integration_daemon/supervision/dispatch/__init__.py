"""Dispatching work: a pool of workers, a schedule, and figures of both. Knows nothing of connectors."""
