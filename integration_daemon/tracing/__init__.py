"""Traces of refreshes and requests by OpenTelemetry, which is an extra."""
