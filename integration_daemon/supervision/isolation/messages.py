"""Messages about connectors that block the event loop, and about connector processes."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

LOOP_HELD = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0078",
    severity=Severity.ACTION,
    text="The event loop was held for {seconds} seconds by {holder}; its stack was: {stack}",
    system_action="During that time nothing else could run: no other connector, and no request.",
    user_action="Write the method as a plain def, which runs on a worker thread, or move the blocking call to a "
    "worker thread.",
)

REFRESH_PUT_OFF = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0090",
    severity=Severity.ACTION,
    text="The refresh of integration connector {connector} is put off for {delay} seconds: it has held the event loop "
    "{times} times, for {seconds} seconds in all, and may use {share} of its time",
    system_action="The connector is refreshed as often as its share allows. A refresh requested by an operator is not "
    "put off. This is logged once; the status of the connector shows later delays.",
    user_action='Write the method as a plain def, which runs on a worker thread, or set "isolation": "process" for '
    "the connector. Under the automatic restart policy, the daemon moves the connector to a process if this "
    "continues.",
)

MOVED_TO_PROCESS = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0091",
    severity=Severity.ACTION,
    text="Integration connector {connector} is moved to its own process: it has held the event loop {times} times, "
    "for {seconds} seconds in all, and may use {share} of its time",
    system_action="The connector is restarted in that process, and stays there until the server is stopped or its "
    "configuration changes.",
    user_action='Set "isolation": "process" for the connector, or write the method as a plain def, which runs on a '
    "worker thread.",
)

LOOP_SHARE_EXCEEDED = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-500-020",
    http_code=500,
    text="The {method} of integration connector {connector} was ended: it has held the event loop {times} times, for "
    "{seconds} seconds in all, and may use {share} of its time",
    system_action="The connector fails. Nothing else is affected any longer.",
    user_action='Write the method as a plain def, which runs on a worker thread, or set "isolation": "process" for the '
    "connector, then restart it.",
)

PROCESS_ENDED = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-500-010",
    http_code=500,
    text="The process of integration connector {connector} has ended with status {status}",
    system_action="The connector fails. Nothing else is affected.",
    user_action="Find out why the process ended; a negative status is the number of a signal. Then restart the "
    "connector.",
)
