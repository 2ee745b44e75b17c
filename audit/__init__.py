"""What an operator reads: messages, records, the log and its destinations.

This floor knows nothing of connectors, daemons or HTTP.
"""
