"""Errors of authentication and authorization."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

NOT_AUTHENTICATED = ErrorMessage(
    id="OMAG-PLATFORM-401-001",
    http_code=401,
    text="The caller is not known: {problem}",
    system_action="The request is refused and nothing is done.",
    user_action="Send an API token in the header Authorization, as Bearer or as the password of Basic; "
    "'integration-daemon token create' makes one. The command line finds the token of a daemon that was started in the "
    "same directory by itself; elsewhere, give it one in INTEGRATION_DAEMON_TOKEN. A browser needs the link that "
    "'integration-daemon console' prints.",
)

NOT_PERMITTED = ErrorMessage(
    id="OMAG-PLATFORM-403-002",
    http_code=403,
    text="The caller {caller} does not have the permission {permission}, which {method} requires",
    system_action="The request is refused and nothing is done.",
    user_action="Use a token with a role that grants the permission; an administrator makes one with "
    "'integration-daemon token create'.",
)

NOT_IN_SCOPE = ErrorMessage(
    id="OMAG-PLATFORM-403-010",
    http_code=403,
    text="The caller {caller} has the permission {permission}, but not for {what}, which {method} requires",
    system_action="The request is refused and nothing is done.",
    user_action="Use a token whose scope has it; 'integration-daemon token list' shows the scope of each token.",
)

ANOTHER_USER = ErrorMessage(
    id="OMAG-PLATFORM-403-003",
    http_code=403,
    text="The caller {caller} can make requests for the user {own} only, and not for {user}",
    system_action="The request is refused and nothing is done.",
    user_action="Name the user of the token in the URL, or use a token that is not bound to a user.",
)

REFUSED_BY_CONNECTOR = ErrorMessage(
    id="OMAG-PLATFORM-403-011",
    http_code=403,
    text="The security connector does not allow the user {user} the action {action} on {what}",
    system_action="The request is refused and nothing is done.",
    user_action="Ask whoever maintains the users of the server's security connector. If nobody is allowed anything, "
    "the audit log says whether the security connector fails.",
)

CHANGE_REFUSED = ErrorMessage(
    id="OMAG-PLATFORM-403-012",
    http_code=403,
    text="The security connector does not allow this change",
    system_action="The change is not made; others of the same request are.",
    user_action="Ask whoever maintains the users of the server's security connector.",
)

REFUSALS = (NOT_PERMITTED, NOT_IN_SCOPE, ANOTHER_USER, REFUSED_BY_CONNECTOR)
"""Errors of requests whose callers may not make them."""

LINK_NOT_VALID = ErrorMessage(
    id="OMAG-PLATFORM-401-002",
    http_code=401,
    text="The link has been used before, or is too old",
    system_action="The request is refused and nothing is done.",
    user_action="Run 'integration-daemon console' for another link to the console page.",
)

NO_SESSION = ErrorMessage(
    id="OMAG-PLATFORM-400-160",
    http_code=400,
    text="The request belongs to no session that could be ended",
    system_action="Nothing is done.",
    user_action="Log out with the browser that was logged in; 'integration-daemon token revoke' revokes a token.",
)

TOKENS_NOT_READABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-013",
    http_code=400,
    text="The API tokens in {path} cannot be read: {cause}",
    system_action="No API token is accepted.",
    user_action="Make the file readable for the user of the daemon, or restore it from a backup.",
)

TOKENS_NOT_WRITABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-018",
    http_code=400,
    text="The tokens in {path} cannot be written: {cause}",
    system_action="Nothing is changed.",
    user_action="Run the command as the user of the daemon, and with its data directory: --data-dir names it.",
)

TOKEN_NAME_TAKEN = ErrorMessage(
    id="OMAG-PLATFORM-400-014",
    http_code=400,
    text="There is a token with the name {name} already",
    system_action="Nothing is changed.",
    user_action="Choose another name, or revoke the token first: 'integration-daemon token list' shows all of them.",
)

NO_SUCH_TOKEN = ErrorMessage(
    id="OMAG-PLATFORM-400-015",
    http_code=400,
    text="There is no token with the name {name}",
    system_action="Nothing is changed.",
    user_action="'integration-daemon token list' shows the tokens.",
)

OPEN_TO_OTHERS = ErrorMessage(
    id="OMAG-PLATFORM-400-016",
    http_code=400,
    text="The platform does not listen on {host}, which others can reach, without authenticating its callers",
    system_action="The program ends and nothing is changed.",
    user_action="Leave out --authentication none, or listen on 127.0.0.1.",
)

NOBODY_CAN_CALL = ErrorMessage(
    id="OMAG-PLATFORM-400-017",
    http_code=400,
    text="The platform does not listen on {host} before there is a token with which others can call it",
    system_action="The program ends and nothing is changed.",
    user_action="Make a token with 'integration-daemon token create --name admin --role administrator', with the same "
    "--data-dir.",
)

CALLERS_NOT_AUTHENTICATED = AuditMessage(
    id="OMAG-PLATFORM-0115",
    severity=Severity.SECURITY,
    text="The platform does not authenticate its callers: it was started with --authentication none",
    system_action="Every process on this machine can do everything with this platform.",
    user_action="Start the platform without this option, unless every user of this machine is trusted.",
)

CALLERS_REFUSED = AuditMessage(
    id="OMAG-PLATFORM-0116",
    severity=Severity.SECURITY,
    text="{count} HTTP requests were refused because their callers were not authenticated, the last of them from "
    "{address}; {total} since the platform was started",
    system_action="Each of these requests was answered with the status 401, and did nothing.",
    user_action="Find out who sends requests without a valid token. It may be a client whose token has expired.",
)

REQUESTS_NOT_PERMITTED = AuditMessage(
    id="OMAG-PLATFORM-0117",
    severity=Severity.SECURITY,
    text="{count} HTTP requests were refused because their callers may not make them, the last of them {request} of "
    "{caller} from {address}; {total} since the platform was started",
    system_action="Each of these requests was answered with the status 403, and did nothing.",
    user_action="If the caller is to make such requests, give it a role that grants the permission.",
)

CHANGE_REQUESTED = AuditMessage(
    id="OMAG-PLATFORM-0230",
    severity=Severity.SECURITY,
    text="{caller}, for the user {user}, has sent the changing request {request} from {address}: {outcome}",
    system_action="The request was carried out as far as its outcome says.",
    user_action="No action is needed if the caller was to make this change.",
)

CHANGES_COUNTED = AuditMessage(
    id="OMAG-PLATFORM-0231",
    severity=Severity.SECURITY,
    text="{caller} has sent {count} more changing requests in {seconds} seconds ({failed} failed), the last of them "
    "{request} for the user {user} from {address}",
    system_action="The requests were carried out. They are too many for a record of each.",
    user_action="No action is needed if the caller was to make so many changes, as an integration daemon does at its "
    "metadata server.",
)

LAST_USES_NOT_WRITTEN = AuditMessage(
    id="OMAG-PLATFORM-0232",
    severity=Severity.ERROR,
    text="The last uses of the API tokens cannot be written into {path}: {cause}",
    system_action="Requests are answered as before. 'integration-daemon token list' shows uses that are too old.",
    user_action="Make the folder writable for the user of the daemon, and see whether the disk is full.",
)

SECURITY_CONNECTOR_FAILED = AuditMessage(
    id="OMAG-PLATFORM-0233",
    severity=Severity.SECURITY,
    text="The security connector of server {server} has not decided when its method {method} was called: {problem}; "
    "{count} failures since the last record",
    system_action="What it was asked for is refused. Other servers are not affected.",
    user_action="Correct the security connector, or what it depends on, and restart the server.",
)

TOKENS_LOST = AuditMessage(
    id="OMAG-PLATFORM-0118",
    severity=Severity.SECURITY,
    text="The API tokens in {path} can no longer be read: {cause}",
    system_action="No API token is accepted until the file can be read again. Servers and connectors are not affected.",
    user_action="Make the file readable for the user of the daemon, or restore it from a backup.",
)
