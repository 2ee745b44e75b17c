"""The receivers of alerts: webhooks, mail servers and commands. Each has a time limit; its answers are untrusted."""

import os
import signal
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from subprocess import DEVNULL, PIPE  # nosec B404 # only what the administrator of the machine has listed is run
from typing import Protocol

import httpx2
import msgspec
import trio

from audit.masking import shown_text
from integration_daemon.alerts.alert import Alert
from integration_daemon.config.alerts import AlertReceiver, EmailReceiver
from integration_daemon.config.check_metadata_server import is_http_url
from services.allowance import Allowance
from services.cause import innermost_text
from services.loopback import is_on_this_machine
from services.metadata.remote.trust import Trust
from services.secret import Secret

LIMIT = 20.0
"""Seconds that a receiver may take for one alert."""
STEP = 10.0
"""Seconds that a receiver may take for one step, such as the connection."""
SHOWN = 200
"""Characters of a receiver's answer that are shown."""
_ENVIRONMENT = ("HOME", "LANG", "PATH", "TZ")
_END_OF_A_KILLED_PROCESS = 2.0


class NotSentError(Exception):
    """A receiver has not accepted an alert, for the reason in the text."""


class Receiver(Protocol):
    """One receiver of alerts."""

    name: str
    """The displayed name."""

    async def send(self, alert: Alert) -> str:
        """Send an alert, and return the receiver's answer; raises `NotSentError` or another error if this fails."""


class Webhook(Receiver):
    """A URL that accepts JSON by POST."""

    def __init__(self, url: Secret, allowance: Allowance, ca_bundle: Path | None) -> None:
        self.name = f"webhook {url.stored_form() if url.is_reference else _host_of(url.stored_form())}"
        self._url = url
        self._allowance = allowance
        self._ca_bundle = ca_bundle

    async def send(self, alert: Alert) -> str:
        url = await trio.to_thread.run_sync(self._allowed_url, abandon_on_cancel=True)
        trust = await trio.to_thread.run_sync(Trust, self._ca_bundle, None)
        async with httpx2.AsyncClient(
            verify=trust.context, timeout=STEP, follow_redirects=False, trust_env=not is_on_this_machine(url)
        ) as http:
            headers = {"Content-Type": "application/json"}
            async with http.stream("POST", url, content=slack_json(alert), headers=headers) as response:
                status, text = response.status_code, await _beginning_of(response)
        answer = f"HTTP status {status}" + (f": {text}" if text else "")
        if not 200 <= status < 300:
            raise NotSentError(answer)
        return answer

    def _allowed_url(self) -> str:
        url = self._url.reveal().strip()
        if not is_http_url(url):
            raise NotSentError("the secret is not the URL of a webhook")
        self._allowance.require_address(url, self.name, is_path=False)
        return url


class Email(Receiver):
    """Recipients of mail, reached through a mail server."""

    def __init__(self, config: EmailReceiver, allowance: Allowance, ca_bundle: Path | None) -> None:
        self.name = f"e-mail to {', '.join(config.to)}"
        self._thread = trio.CapacityLimiter(1)  # a server that answers byte by byte blocks only this thread
        self._config = config
        self._allowance = allowance
        self._ca_bundle = ca_bundle

    async def send(self, alert: Alert) -> str:
        return await trio.to_thread.run_sync(self._deliver, alert, abandon_on_cancel=True, limiter=self._thread)

    def _deliver(self, alert: Alert) -> str:
        config = self._config
        self._allowance.require_address(config.address, self.name, is_path=False)
        mail = smtplib.SMTP(config.server, config.port, timeout=STEP)
        try:
            if config.start_tls:
                mail.starttls(context=_context(self._ca_bundle))
            if config.user is not None and config.password is not None:
                mail.login(config.user, config.password.reveal())
            refused = mail.send_message(message_of(alert, config), config.from_, config.to)
            with suppress(OSError):  # the mail is accepted: a later error is no reason to send it again
                mail.quit()
        finally:
            mail.close()
        if not refused:
            return "the mail server took it"
        some = "; ".join(f"{to}: {code} {text!r}" for to, (code, text) in refused.items())
        return f"the mail server took it, but not for {some}"


class Command(Receiver):
    """A program that reads the alert from its standard input."""

    def __init__(self, command: list[str], allowance: Allowance) -> None:
        self.name = f"command {command[0]}"
        self._command = command
        self._allowance = allowance

    async def send(self, alert: Alert) -> str:
        if tuple(self._command) not in self._allowance.alert_commands:
            raise NotSentError("the platform does not allow this command with these arguments")
        process = await trio.lowlevel.open_process(
            self._command,
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,
        )
        try:
            complaint = await _converse(process, msgspec.json.encode(alert) + b"\n")
        finally:
            await _end(process)
        if process.returncode:
            raise NotSentError(f"it ended with status {process.returncode}" + (f": {complaint}" if complaint else ""))
        return "it ended with status 0"


def receiver_of(config: AlertReceiver, allowance: Allowance, ca_bundle: Path | None) -> Receiver:
    """The receiver for a configuration."""
    if config.webhook is not None:
        return Webhook(config.webhook, allowance, ca_bundle)
    if config.email is not None:
        return Email(config.email, allowance, ca_bundle)
    return Command(config.command or [], allowance)


async def outcome_of(receiver: Receiver, alert: Alert, conceal: Callable[[str], str]) -> tuple[bool, str]:
    """Send an alert; returns whether the receiver accepted it, and the masked answer. Raises no `Exception`."""
    try:
        with trio.fail_after(LIMIT):
            answer, was_sent = await receiver.send(alert), True
    except httpx2.TimeoutException:
        answer, was_sent = f"the server did not answer within {STEP:g} seconds", False
    except trio.TooSlowError:
        answer, was_sent = f"it did not take the alert within {LIMIT:g} seconds", False
    except Exception as error:
        answer, was_sent = innermost_text(error), False
    return was_sent, shown_text(conceal(answer))[: 5 * SHOWN]


def slack_json(alert: Alert) -> bytes:
    """The alert as JSON, escaped for Slack: a name in its text can neither notify a channel nor become a link."""
    text = alert.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return msgspec.json.encode(msgspec.structs.replace(alert, text=text))


def message_of(alert: Alert, config: EmailReceiver) -> EmailMessage:
    """The alert as a mail; mail programs show the mails of one incident as one thread."""
    message = EmailMessage()
    message["Subject"] = "".join(each for each in alert.headline if each.isprintable())[:SHOWN]
    message["From"], message["To"], message["Date"] = config.from_, ", ".join(config.to), formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain="integration-daemon.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message["References"] = f"<{alert.incident}.alerts@integration-daemon.invalid>"
    message.set_content(alert.text + "\n")
    return message


async def _beginning_of(response: httpx2.Response) -> str:
    content = b""
    with suppress(httpx2.HTTPError):  # the status decides, not the content
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > SHOWN:
                break
    return " ".join(content[:SHOWN].decode("utf-8", "replace").split())


async def _converse(process: trio.Process, content: bytes) -> str:
    """Send a process its input, and wait for its end; returns the beginning of its standard error."""
    assert process.stdin is not None
    complaint: list[bytes] = []
    closed = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_listen, process, complaint, closed)
        with suppress(trio.BrokenResourceError):  # the process need not read
            await process.stdin.send_all(content)
        await process.stdin.aclose()
        await process.wait()
        with trio.move_on_after(0.1):  # its output has arrived; another process may still hold the pipe
            await closed.wait()
        nursery.cancel_scope.cancel()
    return " ".join(b"".join(complaint)[:SHOWN].decode("utf-8", "replace").split())


async def _listen(process: trio.Process, complaint: list[bytes], closed: trio.Event) -> None:
    assert process.stderr is not None
    async for chunk in process.stderr:
        if sum(map(len, complaint)) < SHOWN:
            complaint.append(bytes(chunk))
    closed.set()


async def _end(process: trio.Process) -> None:
    """Kill a process that has not ended, with its child processes."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with trio.move_on_after(_END_OF_A_KILLED_PROCESS, shield=True):
            await process.wait()
    for stream in (process.stdin, process.stderr):
        if stream is not None:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + _END_OF_A_KILLED_PROCESS):
                await stream.aclose()


def _context(ca_bundle: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_bundle is not None:
        context.load_verify_locations(ca_bundle)
    return context


def _host_of(url: str) -> str:
    """The server of a URL, whose path may be a secret."""
    with suppress(ValueError, httpx2.InvalidURL):
        return httpx2.URL(url).host
    return "URL"
