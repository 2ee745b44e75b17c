"""Messages of the connectors that receive lineage events."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

CONFIGURED = AuditMessage(
    id="LINEAGE-RECEIVERS-0001",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} receives lineage events from {source}",
    system_action="Valid events are kept until they are catalogued; others are kept as dead letters.",
    user_action="No action is needed. Check that this is the intended place.",
)

RECEIVED = AuditMessage(
    id="LINEAGE-RECEIVERS-0002",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} received {accepted} lineage events from {source}; {rejected} were "
    "rejected",
    system_action="The accepted events wait to be catalogued.",
    user_action="No action is needed. If events were rejected, 'integration-daemon lineage dead-letters' shows them.",
)

FILE_NOT_READ = AuditMessage(
    id="LINEAGE-RECEIVERS-0003",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not read {path}: {cause}",
    system_action="The connector continues with the other files, and tries this one again at its next refresh.",
    user_action="Give the daemon's user the permission to read the file, or remove it from the folder.",
)

FOLDER_NOT_AVAILABLE = ErrorMessage(
    id="LINEAGE-RECEIVERS-503-001",
    http_code=503,
    text="The folder {folder} of the integration connector {connector} cannot be read: {cause}",
    system_action="The connector fails. Events that were received before are not affected.",
    user_action="Make the folder available, or correct the address of the endpoint, and restart the connector.",
)

LIBRARY_MISSING = ErrorMessage(
    id="LINEAGE-RECEIVERS-400-002",
    http_code=400,
    text="The integration connector {connector} needs the library confluent-kafka, which is not installed",
    system_action="The connector fails.",
    user_action="Install the program with the extra kafka, and restart the connector.",
)

BROKER_NOT_AVAILABLE = ErrorMessage(
    id="LINEAGE-RECEIVERS-503-002",
    http_code=503,
    text="The Kafka topic {topic} at {servers} of the integration connector {connector} cannot be read: {cause}",
    system_action="The connector fails. Events that were received before are not affected, and are not received again.",
    user_action="Make the brokers and the topic available, or correct the connection, and restart the connector.",
)

ACCESS_REFUSED = ErrorMessage(
    id="LINEAGE-RECEIVERS-403-001",
    http_code=403,
    text="The Kafka brokers {servers} refuse the integration connector {connector}: {cause}",
    system_action="The connector fails.",
    user_action="Correct the user and the password of the connection, or grant the user to read the topic and to use "
    "the consumer group.",
)
