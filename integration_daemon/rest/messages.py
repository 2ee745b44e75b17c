"""Messages about requests, connections and the HTTP server."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

BODY_NOT_UNDERSTOOD = ErrorMessage(
    id="OMAG-COMMON-400-044",
    http_code=400,
    text="The request body is not valid at {place}: {problem}",
    system_action="The request is refused and has no effect.",
    user_action="Correct the body. It is a JSON document unless the route's description names another form.",
)

BODY_MISSING = ErrorMessage(
    id="OMAG-COMMON-400-019",
    http_code=400,
    text="The request to {method} needs a body, but has none",
    system_action="The request is refused and has no effect.",
    user_action="Send the body that the description of the route names.",
)

QUERY_NOT_UNDERSTOOD = ErrorMessage(
    id="OMAG-COMMON-400-040",
    http_code=400,
    text="The parameter {name} of the URL is not valid: {problem}",
    system_action="The request is refused and has no effect.",
    user_action="Correct the parameter, or leave it out.",
)

BODY_ENCODED = ErrorMessage(
    id="OMAG-COMMON-400-041",
    http_code=400,
    text="The request body has the content encoding {encoding}, which this platform does not support",
    system_action="The request is refused and has no effect.",
    user_action="Send the body uncompressed, without the header Content-Encoding.",
)

BODY_TOO_LARGE = ErrorMessage(
    id="OMAG-COMMON-413-001",
    http_code=413,
    text="The request body is larger than {most} bytes",
    system_action="The request is refused and has no effect.",
    user_action="Divide the body among several requests.",
)

BODY_TOO_SLOW = ErrorMessage(
    id="OMAG-COMMON-408-001",
    http_code=408,
    text="The request body did not arrive within {seconds} seconds",
    system_action="The request is refused and has no effect.",
    user_action="Send the request again over a faster connection.",
)

METHOD_NOT_ALLOWED = ErrorMessage(
    id="OMAG-COMMON-405-001",
    http_code=405,
    text="{method} is not a method of {path}, whose methods are {allowed}",
    system_action="The request is refused and has no effect.",
    user_action="Use one of these methods.",
)

UNKNOWN_URL = ErrorMessage(
    id="OMAG-COMMON-404-001",
    http_code=404,
    text="This URL does not exist: {problem}",
    system_action="The request is refused.",
    user_action="Compare the URL and the method with the routes of this platform.",
)

NEW_PASSWORD_REFUSED = ErrorMessage(
    id="OMAG-PLATFORM-400-183",
    http_code=400,
    text="A password cannot be changed by a request",
    system_action="The request is refused and has no effect.",
    user_action="Leave out newPassword. 'integration-daemon user set-password' changes a password, on the machine of "
    "the platform.",
)

NOT_READY = ErrorMessage(
    id="OMAG-PLATFORM-503-002",
    http_code=503,
    text="This platform is not ready",
    system_action="The platform answers, but cannot do its work. Unauthenticated callers do not receive the reasons.",
    user_action="Send the request with the parameter verbose and a token with the role viewer, and the answer has the "
    "reasons.",
)

NOT_LIVE = ErrorMessage(
    id="OMAG-PLATFORM-503-003",
    http_code=503,
    text="This platform has not stopped within its time limit",
    system_action="The platform tries to end its process at once.",
    user_action="End the process by SIGKILL if it does not end by itself.",
)

NOT_SUPPORTED = ErrorMessage(
    id="OMAG-COMMON-501-001",
    http_code=501,
    text="{what} is not supported by this server",
    system_action="The request is refused and has no effect.",
    user_action="Send the request without it.",
)

CROSS_SITE_REQUEST = ErrorMessage(
    id="OMAG-PLATFORM-403-001",
    http_code=403,
    text="The request seems to come from a web page of another origin, according to its header {header}",
    system_action="The request is refused and has no effect.",
    user_action="Use the console page of this platform, or a client that is not a browser. If the header is Host, use "
    "a name of the platform: localhost, a loopback address, or one of allowedHosts in its platform file.",
)

BIND_FAILED = ErrorMessage(
    id="OMAG-PLATFORM-400-010",
    http_code=400,
    text="The platform cannot listen on {host}:{port}: {cause}",
    system_action="The program ends and nothing is changed.",
    user_action="Choose another address with --host and --port, or end the program that uses this address.",
)

PASSED_SOCKETS_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-019",
    http_code=400,
    text="The platform cannot listen on the sockets that the service manager has passed to it: {cause}",
    system_action="The program ends and nothing is changed.",
    user_action="Correct the socket unit: one ListenStream for TCP, one for a Unix socket, or both, and Accept=no.",
)

PLAIN_HTTP_REFUSED = ErrorMessage(
    id="OMAG-PLATFORM-400-011",
    http_code=400,
    text="The platform does not serve plain HTTP on {host}, which is not a loopback address",
    system_action="The program ends and nothing is changed.",
    user_action="Give a certificate with --tls-cert and --tls-key, or listen on 127.0.0.1.",
)

CERTIFICATE_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-012",
    http_code=400,
    text="The certificate {certificate} with key {key} cannot be used: {cause}",
    system_action="The program ends and nothing is changed.",
    user_action="Correct --tls-cert and --tls-key: both are PEM files and belong together.",
)

SOCKET_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-186",
    http_code=400,
    text="The platform cannot listen on the Unix socket {path}: {cause}",
    system_action="The program ends and nothing is changed.",
    user_action="Give --socket a path in a directory that belongs to the user of the daemon, and in which no other "
    "user may write.",
)

CLIENT_CA_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-185",
    http_code=400,
    text="The certificates of authorities in {file} cannot be used: {cause}",
    system_action="The program ends and nothing is changed.",
    user_action="Name a PEM file with the certificates of the authorities that sign those of clients.",
)

TOO_MANY_REQUESTS = ErrorMessage(
    id="OMAG-PLATFORM-400-105",
    http_code=429,
    text="{client} sends more requests a second than the platform takes from one client: wait for {seconds} second",
    system_action="The request is refused and nothing is done.",
    user_action="Send fewer requests, or have an administrator of the machine raise limits.requestsPerSecond in "
    "the platform file.",
)

REQUESTS_TOO_MANY = AuditMessage(
    id="OMAG-PLATFORM-0200",
    severity=Severity.SECURITY,
    text="{count} HTTP requests were refused because one client sent too many, the last of them {client}; {total} "
    "since the platform was started",
    system_action="Each of these requests was answered with the status 429, and did nothing.",
    user_action="Find out why the client sends so many requests. If it has a good reason, raise "
    "limits.requestsPerSecond in the platform file; if the client is a proxy, list it in trustedProxies.",
)

CERTIFICATE_RENEWED = AuditMessage(
    id="OMAG-PLATFORM-0201",
    severity=Severity.SECURITY,
    text="The certificate of the platform has been read again, because its files have changed: {files}",
    system_action="New connections use the new certificate. Open connections are not affected.",
    user_action="No action is needed.",
)

CERTIFICATE_KEPT = AuditMessage(
    id="OMAG-PLATFORM-0202",
    severity=Severity.SECURITY,
    text="The files of the certificate of the platform have changed and cannot be used: {files}: {cause}",
    system_action="The platform continues with the previous certificate. The files are read again when they change.",
    user_action="Correct the files before the previous certificate expires: the certificate and the key must be PEM "
    "files and belong together.",
)

REQUEST_FAILED = AuditMessage(
    id="OMAG-COMMON-0001",
    severity=Severity.EXCEPTION,
    text="The request {method} {path} of user {user} failed with an unexpected {exception}: {message}",
    system_action="The caller received an answer without these details.",
    user_action="Report this record with its stack to the maintainers of this program.",
)

CONNECTION_FAILED = AuditMessage(
    id="OMAG-PLATFORM-0110",
    severity=Severity.ERROR,
    text="{count} HTTP connections have failed with an unexpected {exception}; {total} since the platform was started",
    system_action="Each of these connections was closed. Other connections and the servers are not affected.",
    user_action="Find out which client sends such requests. Report the record with its stack to the maintainers of "
    "this program: no connection should fail with an exception.",
)

CONNECTIONS_REFUSED = AuditMessage(
    id="OMAG-PLATFORM-0111",
    severity=Severity.ACTION,
    text="{count} HTTP connections were refused because too many were open; {total} since the platform was started",
    system_action="Refused clients received the status 503. Open connections are not affected.",
    user_action="Find out which clients open so many connections. The limit is 1,000, or half of the files that the "
    "process may open if that is less (ulimit -n), and half of it for one address; limits.connections of the platform "
    "file sets another.",
)

REQUESTS_REFUSED = AuditMessage(
    id="OMAG-PLATFORM-0112",
    severity=Severity.ACTION,
    text="{count} HTTP requests were refused because there was not enough memory for their bodies or answers; {total} "
    "since the platform was started",
    system_action="Refused clients received the status 503 and may try again.",
    user_action="Find out which clients send such large bodies, or request such large answers, at the same time.",
)

REQUEST_FAILED_OUTSIDE = AuditMessage(
    id="OMAG-PLATFORM-0113",
    severity=Severity.ERROR,
    text="{count} HTTP requests have failed with an unexpected {exception} outside of any route; {total} since the "
    "platform was started",
    system_action="Each of these requests was answered with the status 500, or its connection was closed.",
    user_action="Report the record with its stack to the maintainers of this program.",
)

CROSS_SITE_REQUESTS = AuditMessage(
    id="OMAG-PLATFORM-0130",
    severity=Severity.SECURITY,
    text="{count} HTTP requests were refused because web pages of other origins sent them; {total} since the platform "
    "was started",
    system_action="Each of these requests was answered with the status 403 and had no effect.",
    user_action="Find out which page sends them: a user who can reach this platform has it open in a browser. It may "
    "be an attack, or a page of your own that should access this platform through its own server.",
)
