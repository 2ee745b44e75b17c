"""The audit log for operators: messages, records, the log and its destinations.

This layer knows nothing of connectors, daemons or HTTP.
"""
