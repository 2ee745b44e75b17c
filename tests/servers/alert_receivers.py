"""Receivers of alerts on this machine: a webhook and a mail server."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.ports import free_port

PATIENCE = 60.0
"""Seconds."""
PASSWORD = "mail-password-4711"


class Webhook:
    """A webhook, with what it has received."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.requests = 0
        self.status = 200
        self.answer = "ok"
        self.port = 0
        self.look: Callable[[], None] = lambda: None
        """Called before a request is answered."""
        self._changed = Condition()

    def note(self, alert: dict[str, Any] | None) -> None:
        """Note a request, and the alert if it was taken."""
        self.look()
        with self._changed:
            self.requests += 1
            if alert is not None:
                self.received.append(alert)
            self._changed.notify_all()

    def wait_until(self, *, received: int = 0, requests: int = 0) -> None:
        """Wait until so much has come."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: len(self.received) >= received and self.requests >= requests, PATIENCE
            ), self.received

    @property
    def events(self) -> list[str]:
        """The events of the received alerts."""
        return [each["event"] for each in self.received]

    @property
    def url(self) -> str:
        """Its address, which nobody should see."""
        return f"http://127.0.0.1:{self.port}/services/T0-secret-path"


@contextmanager
def webhook(port: int = 0) -> Iterator[Webhook]:
    """A webhook on loopback, until the block ends."""
    found = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            found.note(json.loads(content) if found.status == 200 else None)
            with suppress(ConnectionError):  # whoever asked has gone
                self._answer()

        def _answer(self) -> None:
            self.send_response(found.status)
            if found.status in (301, 302, 307, 308):
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(found.answer)))
            self.end_headers()
            self.wfile.write(found.answer.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        found.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


class Mailbox:
    """A mail server, with what it has received."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.was_encrypted: list[bool] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a receiver of a mail, but for those who have left."""
        if address.startswith("left-"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail."""
        message = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type]
        assert isinstance(message, EmailMessage)
        self.received.append((envelope.rcpt_tos, message))
        self.was_encrypted.append(session.ssl is not None)
        return "250 taken"


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
    is_known = isinstance(login, LoginPassword) and login == LoginPassword(b"daemon", PASSWORD.encode())
    return AuthResult(success=is_known)


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """A mail server on loopback, until the block ends; with TLS, it wants a login."""
    found = Mailbox()
    settings: dict[str, Any] = {}
    if tls is not None:
        settings = {"tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": _authenticate}
    controller = Controller(found, hostname="127.0.0.1", port=found.port, **settings)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()
