"""The types of server that a document can describe."""

INTEGRATION_DAEMON = "Integration Daemon"
METADATA_ACCESS_STORE = "Metadata Access Store"
KNOWN_SERVER_TYPES = (INTEGRATION_DAEMON, METADATA_ACCESS_STORE)

DEFAULT_SERVER_TYPE = "Open Metadata and Governance Server"
"""The type that the tools of the ecosystem write if none was chosen."""
