"""The routes for probes and Prometheus."""
