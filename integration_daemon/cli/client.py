"""The common part of the client commands: choosing a platform and a server, and sending requests."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import httpx2
import msgspec
from cyclopts import Parameter

from integration_daemon.cli.address import DEFAULT_PORT, UNIX, platform_address
from integration_daemon.cli.failure import CommandError, fail, wrong_usage
from integration_daemon.cli.near_names import names_instead
from integration_daemon.cli.no_answer import why_no_answer
from integration_daemon.security.local_user import LOCAL_ADDRESS, LOCAL_SOCKET, LOCAL_TOKEN
from services.client_certificate import ClientCertificate
from services.loopback import EVERY_ADDRESS, is_loopback

ENVIRONMENT = "INTEGRATION_DAEMON_"
DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"
PATIENCE = httpx2.Timeout(30.0, connect=5.0)
"""Refresh and restart answer after 20 seconds at the latest."""
_PAGE = 1_000
_NO_SUCH_SERVER = "OMAG-MULTI-TENANT-404-001"
_OF_ANOTHER_TYPE = "OMAG-MULTI-TENANT-404-002"
_NO_SUCH_CONNECTOR = "INTEGRATION-DAEMON-SERVICES-400-031"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Target:
    """The platform, server and user of a command; each also from an environment variable `INTEGRATION_DAEMON_...`."""

    url: Annotated[
        str | None,
        Parameter(
            help="The platform's address, or unix:PATH. Default: the Unix socket of the daemon in ./data, if it has "
            f"one, or else {DEFAULT_URL}."
        ),
    ] = None
    server: Annotated[str | None, Parameter(help="The server; default: the platform's only integration daemon.")] = None
    user: Annotated[str | None, Parameter(help="Who is asking; default: operator.")] = None
    token: Annotated[
        str | None,
        Parameter(
            help="An API token; better in INTEGRATION_DAEMON_TOKEN. Default: that of the local user, in ./data or in "
            "the data directory that INTEGRATION_DAEMON_DATA_DIR names."
        ),
    ] = None
    ca_bundle: Annotated[Path | None, Parameter(help="Certificates to trust, beside the system's.")] = None
    client_cert: Annotated[
        Path | None, Parameter(help="A client certificate with its chain (PEM), in place of a token.")
    ] = None
    client_key: Annotated[Path | None, Parameter(help="Its key (PEM).")] = None


class Platform:
    """A running platform, used over REST. Every failure ends the command with one line."""

    def __init__(self, target: Target) -> None:
        option = "--url" if target.url else ENVIRONMENT + "URL"
        self.url = platform_address(_setting(target.url, "URL") or _local_socket() or DEFAULT_URL, option=option)
        self.user = _setting(target.user, "USER") or "operator"
        self._server = _setting(target.server, "SERVER")
        socket = self.url.removeprefix(UNIX) if self.url.startswith(UNIX) else None
        self._root = self.url if socket is None else "http://localhost"
        is_local = is_loopback(urlsplit(self._root).hostname or "")
        certificate = _client_certificate(target)
        is_known = socket is not None or certificate is not None  # without a token
        found = _local_token(self.url) if is_local and not is_known else None
        token = _usable_token(_setting(target.token, "TOKEN") or found)
        if token and not is_local and not self.url.startswith("https:"):
            wrong_usage(f"the token is not sent to {self.url} without TLS, where others could read it: use https://")
        ca_bundle = _setting(str(target.ca_bundle) if target.ca_bundle else None, "CA_BUNDLE")
        self._http = httpx2.Client(
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=PATIENCE,
            transport=httpx2.HTTPTransport(uds=socket) if socket else None,
            verify=_trust(ca_bundle, certificate),
            trust_env=not is_local,  # a proxy would receive the token, and cannot reach loopback addresses
        )

    @property
    def browser_url(self) -> str:
        """The platform's address for a browser, which knows no Unix sockets."""
        if not self.url.startswith(UNIX):
            return self.url
        try:
            url = (data_directory() / LOCAL_ADDRESS).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            fail("a browser knows no Unix sockets: name the platform's address with --url http://HOST:PORT")
        for every in EVERY_ADDRESS:
            url = url.replace(f"//{every}:", "//localhost:")
        return url

    @property
    def server(self) -> str:
        """The server of the command: the named one, or the only integration daemon of the platform."""
        if self._server is None:
            servers = self.get("/api/v1/servers")["servers"]
            daemons = [each["name"] for each in servers if each["type"] == "Integration Daemon"]
            daemons = daemons or [each["name"] for each in servers]
            if not daemons:
                fail(f"no server runs at {self.url}; start one with its configuration document")
            if len(daemons) != 1:
                fail(f"name the server with --server: the platform at {self.url} runs {', '.join(daemons)}")
            self._server = daemons[0]
        return self._server

    def native(self, rest: str) -> str:
        """A path of the native API, below the server."""
        return f"/api/v1/servers/{quote(self.server, safe='')}/{rest}"

    def compatible(self, rest: str) -> str:
        """A path of the compatible API of the integration daemon."""
        return (
            f"/servers/{quote(self.server, safe='')}/open-metadata/integration-daemon"
            f"/users/{quote(self.user, safe='')}/{rest}"
        )

    def get(self, path: str, **query: object) -> Any:
        """The decoded answer to a GET."""
        return self._send("GET", path, params=_params(query))

    def post(self, path: str, body: object = None, **query: object) -> Any:
        """The decoded answer to a POST."""
        content = b"" if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"}
        return self._send("POST", path, params=_params(query), content=content, headers=headers)

    def connectors(self, **filters: str | None) -> list[dict[str, Any]]:
        """The status of all connectors that match, page by page."""
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = self.get(self.native("connectors"), cursor=cursor, limit=_PAGE, **filters)
            found += page["connectors"]
            if (cursor := page.get("cursor")) is None:
                return found

    def _send(self, method: str, path: str, **request: Any) -> Any:
        status, answer = self._answer(method, path, **request)
        if status >= 400 or _related_code(answer) >= 400:
            fail(" ".join(filter(None, (_explanation(answer, status), self._instead(answer)))))
        return answer

    def _answer(self, method: str, path: str, **request: Any) -> tuple[int, Any]:
        try:
            response = self._http.request(method, self._root + path, **request)
            return response.status_code, msgspec.json.decode(response.content) if response.content else {}
        except httpx2.HTTPError as error:
            fail(why_no_answer(self.url, error))
        except msgspec.DecodeError:
            fail(f"{self.url} answered {response.status_code} with something that is not JSON; is it a platform?")

    def _instead(self, answer: Any) -> str:
        """The existing names if the answer reports an unknown name; otherwise nothing."""
        message_id, parameters = _message_of(answer)
        try:
            if message_id in (_NO_SUCH_SERVER, _OF_ANOTHER_TYPE):
                servers = [each["name"] for each in self.get("/api/v1/servers")["servers"]]
                return names_instead(parameters.get("server", ""), servers, kind=f"servers at {self.url}")
            if message_id == _NO_SUCH_CONNECTOR:
                connectors = [each["connectorName"] for each in self.connectors()]
                return names_instead(parameters.get("connector", ""), connectors, kind="connectors")
        except CommandError:
            pass  # this caller may not list them: only the first answer can be shown
        return ""


def _params(query: Mapping[str, object]) -> dict[str, str]:
    """The parameters of a query that have a value."""
    return {name: str(value) for name, value in query.items() if value is not None}


def _message_of(answer: Any) -> tuple[str, dict[str, str]]:
    """The message id and the parameters of an FFDC body or of a problem document."""
    if not isinstance(answer, dict):
        return "", {}
    message_id = answer.get("exceptionErrorMessageId") or answer.get("messageId") or ""
    return str(message_id), answer.get("exceptionProperties") or answer.get("parameters") or {}


def _related_code(answer: Any) -> int:
    code = answer.get("relatedHTTPCode", 200) if isinstance(answer, dict) else 200
    return code if isinstance(code, int) else 200


def _explanation(answer: Any, status: int) -> str:
    """The text of an FFDC body or of a problem document, and its user action."""
    said = answer if isinstance(answer, dict) else {}
    text = said.get("exceptionErrorMessage") or said.get("detail") or said.get("title")
    if not text:
        return f"the answer was HTTP status {status} and nothing that a platform says; is --url right?"
    action = said.get("exceptionUserAction") or said.get("userAction")
    return f"{text}. {action}" if action else str(text)


def _setting(given: str | None, name: str) -> str | None:
    return given or os.environ.get(ENVIRONMENT + name) or None


def _local_socket() -> str | None:
    """The Unix socket of a daemon that was started in this directory, if it listens on one."""
    try:
        path = Path(os.fsdecode((data_directory() / LOCAL_SOCKET).read_bytes()))
        is_own = path.is_socket() and path.stat().st_uid == os.geteuid()  # another user's could be a trap for tokens
        return f"{UNIX}{path}" if is_own else None
    except (OSError, ValueError):
        return None


def _local_token(url: str) -> str | None:
    """The token that a daemon left for its user, if it was started in this directory and has this address."""
    directory = data_directory()
    try:
        own = urlsplit((directory / LOCAL_ADDRESS).read_text(encoding="utf-8").strip())
        asked = urlsplit(url)
        is_own_host = asked.hostname in (own.hostname, "localhost") or own.hostname in EVERY_ADDRESS
        if (own.scheme, own.port) != (asked.scheme, asked.port) or not is_own_host:
            return None  # another program listens there, and must not receive the token
        return (directory / LOCAL_TOKEN).read_text(encoding="utf-8").strip() or None
    except (OSError, ValueError):
        return None


def data_directory(given: Path | None = None) -> Path:
    """The data directory of the daemon on this machine."""
    return given or Path(_setting(None, "DATA_DIR") or "data")


def _usable_token(token: str | None) -> str | None:
    token = token.strip() if token else None
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        wrong_usage("the token has characters in it that no token has")
    return token


def _client_certificate(target: Target) -> ClientCertificate | None:
    certificate, key = (
        _setting(str(given) if given else None, name)
        for given, name in ((target.client_cert, "CLIENT_CERT"), (target.client_key, "CLIENT_KEY"))
    )
    if (certificate is None) != (key is None):
        wrong_usage("--client-cert and --client-key belong together: give both or none")
    return None if certificate is None or key is None else ClientCertificate(Path(certificate), Path(key))


def _trust(ca_bundle: str | None, certificate: ClientCertificate | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        if ca_bundle is not None:
            context.load_verify_locations(ca_bundle)
    except (OSError, ssl.SSLError) as error:
        fail(f"the certificates in {ca_bundle} cannot be read: {error}")
    if certificate is None:
        return context
    try:
        certificate.load_into(context)
    except (OSError, ssl.SSLError) as error:
        fail(f"the certificate {certificate.certificate} with the key {certificate.key} cannot be used: {error}")
    return context
