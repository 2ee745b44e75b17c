"""Messages of the connector that protects tables and columns in PostgreSQL."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

CONFIGURED = AuditMessage(
    id="POSTGRES-SECURITY-CONNECTOR-0001",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} protects {database} as user {user}; it manages the roles {roles}",
    system_action="The connector compares the database with open metadata at every refresh.",
    user_action="No action is needed. Check that the roles are the intended ones.",
)

APPLIED = AuditMessage(
    id="POSTGRES-SECURITY-CONNECTOR-0002",
    severity=Severity.SECURITY,
    text="The integration connector {connector} has changed {subject} in {database}: {statements}",
    system_action="The change is committed.",
    user_action="No action is needed.",
)

DRIFT_REVERTED = AuditMessage(
    id="POSTGRES-SECURITY-CONNECTOR-0003",
    severity=Severity.SECURITY,
    text="The integration connector {connector} found a change of {subject} in {database} by another user "
    "({difference}), and has reverted it: {statements}",
    system_action="The change is committed.",
    user_action="If the change was intended, change the rules or the classifications in open metadata instead.",
)

CHANGED_BY_OTHERS = AuditMessage(
    id="POSTGRES-SECURITY-CONNECTOR-0004",
    severity=Severity.ACTION,
    text="The integration connector {connector} found a change of {subject} in {database} by another user "
    "({difference}). These statements would revert it: {statements}",
    system_action="Nothing is changed, since onDrift is report. It is reported once.",
    user_action="Run the statements, or set onDrift to mend, or change the rules or the classifications.",
)

DEVIATION = AuditMessage(
    id="POSTGRES-SECURITY-CONNECTOR-0005",
    severity=Severity.ACTION,
    text="The integration connector {connector} found that {subject} in {database} is not protected as requested: "
    "{reason}",
    system_action="The cause is not changed. It is reported once.",
    user_action="Remove the cause, or change the rules. The page about protection explains each cause.",
)

STEP_FAILED = AuditMessage(
    id="POSTGRES-SECURITY-CONNECTOR-0006",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not change {subject} in {database}: {reason}",
    system_action="This change was undone as a whole; all others were made. It is tried again at the next refresh.",
    user_action="Follow the message of the server.",
)

LEFT_TO_NEXT_REFRESH = AuditMessage(
    id="POSTGRES-SECURITY-CONNECTOR-0007",
    severity=Severity.ACTION,
    text="The integration connector {connector} has left {number} changes in {database} to its next refresh, since "
    "others hold locks on too many tables",
    system_action="The changes made so far are committed.",
    user_action="Refresh when fewer long transactions are running, or set a larger lockTimeoutSeconds.",
)

MORE_DEVIATIONS = AuditMessage(
    id="POSTGRES-SECURITY-CONNECTOR-0008",
    severity=Severity.ACTION,
    text="The integration connector {connector} found {number} more deviations from the requested protection in "
    "{database}",
    system_action="They are not reported one by one.",
    user_action="Remove the causes that were reported; the next refresh reports the following ones.",
)

STATE_NOT_CATALOGUED = AuditMessage(
    id="POSTGRES-SECURITY-CONNECTOR-0009",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not catalogue the access to {subject}: {message}",
    system_action="The connector continues, and tries again at its next refresh.",
    user_action="Follow the advice of the message.",
)

ADDRESS_NOT_UNDERSTOOD = ErrorMessage(
    id="POSTGRES-SECURITY-CONNECTOR-400-002",
    http_code=400,
    text="The address of integration connector {connector} is not the address of a PostgreSQL database: {problem}",
    system_action="The connector fails; the protection of the database is not changed.",
    user_action="Set an endpoint address such as postgresql://host:5432/database, the same as that of the database "
    "monitor and without a password, and restart the connector.",
)

DRIVER_MISSING = ErrorMessage(
    id="POSTGRES-SECURITY-CONNECTOR-400-003",
    http_code=400,
    text="The integration connector {connector} needs the driver psycopg, which is not installed",
    system_action="The connector fails.",
    user_action="Install integration-daemon[databases].",
)

DATABASE_NOT_FOUND = ErrorMessage(
    id="POSTGRES-SECURITY-CONNECTOR-404-001",
    http_code=404,
    text="There is no such database at {address}: {cause}",
    system_action="The connector fails.",
    user_action="Correct the address, or create the database, and restart the connector.",
)

NOT_PERMITTED = ErrorMessage(
    id="POSTGRES-SECURITY-CONNECTOR-403-001",
    http_code=403,
    text="The database at {address} does not permit this to user {user}: {cause}",
    system_action="The connector fails, and its transaction is rolled back.",
    user_action="Correct the user and the reference to its password. The user needs the privilege to connect, a schema "
    "of its own for the record (CREATE SCHEMA integration_daemon AUTHORIZATION user), and the roles that own tables.",
)

UNTRUSTED_RECORD = ErrorMessage(
    id="POSTGRES-SECURITY-CONNECTOR-403-002",
    http_code=403,
    text="The table {table} at {address} can be written by others than {user}, so that the integration connector "
    "{connector} does not trust it",
    system_action="The connector fails, and changes nothing.",
    user_action="Let the connector's user own the table, and revoke the privileges of others on it; or set another "
    "recordSchema.",
)

CONCURRENT_RUN = ErrorMessage(
    id="POSTGRES-SECURITY-CONNECTOR-409-001",
    http_code=409,
    text="The integration connector {connector} does nothing, since another connector changes the protection of "
    "{address} at present",
    system_action="The connector tries again at its next refresh.",
    user_action="No action is needed. If this persists, check whether two daemons run the same connector.",
)

NOT_AVAILABLE = ErrorMessage(
    id="POSTGRES-SECURITY-CONNECTOR-503-001",
    http_code=503,
    text="The database at {address} does not answer, or closed the connection: {cause}",
    system_action="The connector fails. The server rolls back uncommitted changes.",
    user_action="Restart the database server, then restart the connector.",
)
