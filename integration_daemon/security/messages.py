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
    "same directory; elsewhere, give it one in INTEGRATION_DAEMON_TOKEN. A browser needs the link that "
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
    user_action="Ask the administrator of the server's security connector. If all actions are refused, see in the "
    "audit log whether the security connector fails.",
)

CHANGE_REFUSED = ErrorMessage(
    id="OMAG-PLATFORM-403-012",
    http_code=403,
    text="The security connector does not allow this change",
    system_action="The change is not made; others of the same request are.",
    user_action="Ask the administrator of the server's security connector.",
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

WRONG_PASSWORD = ErrorMessage(
    id="OMAG-PLATFORM-401-030",
    http_code=401,
    text="The user name or the password is not right",
    system_action="The request is refused and nothing is done.",
    user_action="Correct them, or use an API token. On the machine of the platform, 'integration-daemon user list' "
    "shows the users, and 'integration-daemon user set-password' gives one another password.",
)

TOO_MANY_GUESSES = ErrorMessage(
    id="OMAG-PLATFORM-401-031",
    http_code=429,
    text="Too many passwords have been tried for this user or from this address: wait for {seconds} seconds",
    system_action="The request is refused, and the password is not checked.",
    user_action="Try again later. API tokens are accepted meanwhile.",
)

LIST_NOT_READABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-013",
    http_code=400,
    text="The {what} in {path} cannot be read: {cause}",
    system_action="None of them is accepted.",
    user_action="Make the file readable for the user of the daemon, or restore it from a backup.",
)

LIST_NOT_WRITABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-018",
    http_code=400,
    text="The {what} in {path} cannot be written: {cause}",
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

USER_NAME_TAKEN = ErrorMessage(
    id="OMAG-PLATFORM-400-180",
    http_code=400,
    text="There is a user with the name {name} already",
    system_action="Nothing is changed.",
    user_action="Choose another name, or change the password of the user with 'integration-daemon user set-password'.",
)

NO_SUCH_USER = ErrorMessage(
    id="OMAG-PLATFORM-400-181",
    http_code=400,
    text="There is no user with the name {name}",
    system_action="Nothing is changed.",
    user_action="'integration-daemon user list' shows the users.",
)

USER_WITHOUT_PASSWORD = ErrorMessage(
    id="OMAG-PLATFORM-400-184",
    http_code=400,
    text="The user {name} has a client certificate, and no password",
    system_action="Nothing is changed.",
    user_action="Remove the user and add it again, if it is to have a password.",
)

PASSWORD_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-182",
    http_code=400,
    text="The password cannot be used: {problem}",
    system_action="Nothing is changed.",
    user_action="Choose another password.",
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
    text="The platform does not listen on {host} before there is a token or a user with which others can call it",
    system_action="The program ends and nothing is changed.",
    user_action="Make a token with 'integration-daemon token create --name admin --role administrator', with the same "
    "--data-dir, or name an issuer of tokens in openIdConnect of the platform file.",
)

JWT_NOT_ACCEPTED = ErrorMessage(
    id="OMAG-PLATFORM-401-020",
    http_code=401,
    text="The JSON Web Token is not accepted: {problem}",
    system_action="The request is refused and nothing is done.",
    user_action="Get a new token from the issuer that openIdConnect in the platform file names, for the audience that "
    "it names. An API token of this platform begins with idt_.",
)

ISSUER_KEYS_MISSING = ErrorMessage(
    id="OMAG-PLATFORM-401-021",
    http_code=401,
    text="The JSON Web Token cannot be checked: the keys of its issuer could not be fetched",
    system_action="The request is refused and nothing is done. The keys are fetched again every 30 seconds.",
    user_action="Use an API token of this platform until the issuer can be reached. The message OMAG-PLATFORM-0221, in "
    "the audit log or on standard error, states the reason.",
)

OPENID_CONNECT_NOT_INSTALLED = ErrorMessage(
    id="OMAG-PLATFORM-400-150",
    http_code=400,
    text="The platform file has openIdConnect, but the library that checks JSON Web Tokens is not installed",
    system_action="The program ends and nothing is changed.",
    user_action="Install integration-daemon[openid-connect], or remove openIdConnect from the platform file.",
)

ISSUER_CERTIFICATES_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-151",
    http_code=400,
    text="The certificates in {path}, to trust for the issuer {issuer}, cannot be used: {cause}",
    system_action="The program ends and nothing is changed.",
    user_action="Name a file of PEM certificates in caBundle of openIdConnect in the platform file.",
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
    system_action="The requested action is refused. Other servers are not affected.",
    user_action="Correct the security connector, or the data that it reads. Restart the server if the security "
    "connector does not reread its data.",
)

LOGINS_REFUSED = AuditMessage(
    id="OMAG-PLATFORM-0250",
    severity=Severity.SECURITY,
    text="{count} logins with a password were refused, the last of them of the user {user} from {address}; {total} "
    "since the platform was started",
    system_action="Wrong passwords make the next ones wait, for each user and for each address.",
    user_action="Find out who tries passwords. It may be a client that has an old password.",
)

LIST_LOST = AuditMessage(
    id="OMAG-PLATFORM-0118",
    severity=Severity.SECURITY,
    text="The {what} in {path} can no longer be read: {cause}",
    system_action="None of them is accepted until the file can be read again. Servers and connectors are not affected.",
    user_action="Make the file readable for the user of the daemon, or restore it from a backup.",
)

ISSUER_KEYS_FETCHED = AuditMessage(
    id="OMAG-PLATFORM-0220",
    severity=Severity.STARTUP,
    text="The platform accepts JSON Web Tokens of the issuer {issuer}: its keys have been fetched",
    system_action="The keys are fetched again every ten minutes, and when a token has a key that is not known.",
    user_action="No action is needed.",
)

ISSUER_NOT_USABLE = AuditMessage(
    id="OMAG-PLATFORM-0221",
    severity=Severity.SECURITY,
    text="The keys of the issuer {issuer} could not be fetched: {cause}",
    system_action="JSON Web Tokens are checked with the keys that were fetched before, for 24 hours at most; without "
    "them, no such token is accepted. The keys are fetched again every 30 seconds. API tokens are not affected.",
    user_action="Bring the issuer back, or correct openIdConnect in the platform file and start the platform again.",
)
