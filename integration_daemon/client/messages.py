"""Messages of the client."""

from audit.message import ErrorMessage

SETTING_NOT_USABLE = ErrorMessage(
    id="INTEGRATION-DAEMON-CLIENT-400-001",
    http_code=400,
    text="{setting}: {problem}",
    system_action="No request is sent.",
    user_action="Correct the setting.",
)

NO_ANSWER = ErrorMessage(
    id="INTEGRATION-DAEMON-CLIENT-503-001",
    http_code=503,
    text="no answer from {url}: {reason}",
    system_action="The request may or may not have been carried out.",
    user_action="Start the daemon there, or correct the address.",
)

NOT_A_PLATFORM = ErrorMessage(
    id="INTEGRATION-DAEMON-CLIENT-502-001",
    http_code=502,
    text="{url} answered {status}, and the answer is not that of a platform: {problem}",
    system_action="The answer is discarded.",
    user_action="Correct the address, or use the client of the version of the platform.",
)

NO_SERVER = ErrorMessage(
    id="INTEGRATION-DAEMON-CLIENT-404-001",
    http_code=404,
    text="no server runs at {url}",
    system_action="No request is sent to a server.",
    user_action="Start one with its configuration document.",
)

SEVERAL_SERVERS = ErrorMessage(
    id="INTEGRATION-DAEMON-CLIENT-404-002",
    http_code=404,
    text="the platform at {url} runs several servers: {servers}",
    system_action="No request is sent to a server.",
    user_action="Name one of them; on the command line, with --server.",
)
