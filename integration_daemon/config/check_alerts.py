"""Checks the alert configuration of a document."""

from collections.abc import Iterator

from integration_daemon.config.alerts import AlertReceiver, AlertsConfig, EmailReceiver
from integration_daemon.config.check_metadata_server import is_http_url
from integration_daemon.config.check_secrets import secret_problems
from integration_daemon.config.problem import Problem
from services.loopback import is_loopback


def alert_problems(alerts: AlertsConfig | None) -> Iterator[Problem]:
    """The problems of the receivers of alerts."""
    for index, receiver in enumerate(alerts.receivers if alerts is not None else ()):
        yield from _receiver(receiver, f"$.alerts.receivers[{index}]")


def _receiver(receiver: AlertReceiver, path: str) -> Iterator[Problem]:
    if sum(each is not None for each in (receiver.webhook, receiver.email, receiver.command)) != 1:
        yield Problem(path, "a receiver is one of webhook, email and command", "give one, and one receiver for each")
    webhook = receiver.webhook
    yield from secret_problems(webhook, f"{path}.webhook")
    if webhook is not None and not webhook.is_reference and not is_http_url(webhook.reveal()):
        yield Problem(f"{path}.webhook", "this is not the URL of a webhook", "such as https://hooks.example.com/...")
    if receiver.email is not None:
        yield from _email(receiver.email, f"{path}.email")


def _email(email: EmailReceiver, path: str) -> Iterator[Problem]:
    yield from secret_problems(email.password, f"{path}.password")
    for field, addresses in (("from", [email.from_]), ("to", email.to)):
        for each in addresses:
            if "@" not in each or not each.isprintable() or not each.isascii() or set(each) & set(" ,;<>"):
                yield Problem(f"{path}.{field}", f"{each!r} is not an e-mail address", "such as data@example.com")
    if (email.user is None) != (email.password is None):
        yield Problem(path, "user and password belong together", "give both or none")
    if email.password is not None and not email.start_tls and not is_loopback(email.server):
        yield Problem(f"{path}.startTls", "the password would be sent without TLS", "leave startTls out")
