"""The types of server that a document can describe."""

INTEGRATION_DAEMON = "Integration Daemon"
METADATA_ACCESS_STORE = "Metadata Access Store"
KNOWN_SERVER_TYPES = (INTEGRATION_DAEMON, METADATA_ACCESS_STORE)

DEFAULT_SERVER_TYPE = "Open Metadata and Governance Server"
"""What the ecosystem's tools write where nobody has said what the server is."""
