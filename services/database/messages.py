"""Messages of the database connectors."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

CONFIGURED = AuditMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-0001",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} works on {address} as user {user}",
    system_action="The connector compares the databases at this address with the catalogue at every refresh.",
    user_action="No action is needed. Check that the settings are the intended ones.",
)

CATALOGUED = AuditMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-0002",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} found {tables} tables in {schemas} schemas of {database}: {created} "
    "elements created, {updated} updated, {removed} removed, {rejected} not catalogued",
    system_action="The catalogue agrees with the database, except for elements that were not catalogued.",
    user_action="No action is needed.",
)

SCHEMA_NOT_READABLE = AuditMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-0003",
    severity=Severity.ACTION,
    text="The integration connector {connector} is not permitted to read schema {schema} of {database}",
    system_action="The catalogued elements of the schema are kept unchanged.",
    user_action="Exclude the schema with excludeSchemas, or ask an administrator of the database to grant access.",
)

NOT_CATALOGUED = AuditMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-0004",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not catalogue {subject}: {message}",
    system_action="The connector continues, and tries again at its next refresh.",
    user_action="Follow the advice of the message.",
)

DATABASE_GONE = AuditMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-0005",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} no longer finds database {database}",
    system_action="Its elements are removed from the catalogue, within the limits of the deletion safety.",
    user_action="No action is needed if the database was removed intentionally.",
)

DATABASE_NOT_ENTERED = AuditMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-0006",
    severity=Severity.ACTION,
    text="The integration connector {connector} is not permitted to connect to database {database}",
    system_action="The catalogued elements of the database are kept unchanged; the other databases are catalogued.",
    user_action="Exclude the database with excludeDatabases, or ask an administrator to grant access.",
)

DATABASE_CLOSED = AuditMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-0007",
    severity=Severity.ACTION,
    text="The integration connector {connector} cannot connect to database {database}: it does not accept connections",
    system_action="The catalogued elements of the database are kept unchanged; the other databases are catalogued.",
    user_action="Exclude the database with excludeDatabases, or ask an administrator to open it: ALTER DATABASE ... "
    "ALLOW_CONNECTIONS true",
)

ADDRESS_NOT_UNDERSTOOD = ErrorMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-400-001",
    http_code=400,
    text="The address of integration connector {connector} is not the address of a database: {problem}",
    system_action="The connector fails.",
    user_action="Set an endpoint address such as postgresql://host:5432/database, mariadb://host:3306, sqlite:///path "
    "or duckdb:///path, without a password, and restart the connector.",
)

DRIVER_MISSING = ErrorMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-400-002",
    http_code=400,
    text="The integration connector {connector} needs the driver {driver}, which is not installed",
    system_action="The connector fails.",
    user_action="Install integration-daemon[databases].",
)

DATABASE_NOT_FOUND = ErrorMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-404-001",
    http_code=404,
    text="There is no such database at {address}: {cause}",
    system_action="The connector fails; the catalogued elements are kept unchanged.",
    user_action="Correct the address, or create the database, and restart the connector.",
)

LOGIN_REFUSED = ErrorMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-401-001",
    http_code=401,
    text="The database at {address} does not accept the password of user {user}, or the user: {cause}",
    system_action="The connector fails; the catalogued elements are kept unchanged.",
    user_action="Correct the password that the connection of the connector refers to, or set it for the user in the "
    "database; then restart the connector, which reads it again.",
)

LOGIN_REFUSED = ErrorMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-403-001",
    http_code=403,
    text="The database at {address} refuses a request of user {user}: {cause}",
    system_action="The connector fails; the catalogued elements are kept unchanged.",
    user_action="Correct the user and the reference to its password, or ask an administrator of the database to grant "
    "access.",
)

NOT_AVAILABLE = ErrorMessage(
    id="DATABASE-INTEGRATION-CONNECTORS-503-001",
    http_code=503,
    text="The database at {address} does not answer, or closed the connection: {cause}",
    system_action="The connector fails; the catalogued elements are kept unchanged.",
    user_action="Restart the database server, then restart the connector.",
)
