"""The outboxes of a document's receivers, which may change while alerts are delivered."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import trio

from audit.log import AuditLog
from integration_daemon.alerts.alert import Alert, AlertTestResult, alert_for_test
from integration_daemon.alerts.outbox import Outbox
from integration_daemon.alerts.receivers import Receiver, outcome_of, receiver_of
from integration_daemon.config.alerts import AlertReceiver, AlertsConfig
from services.allowance import Allowance
from services.framework.discretion import known_secrets


class _Delivery(NamedTuple):
    """An outbox with its running delivery."""

    config: AlertReceiver
    outbox: Outbox
    scope: trio.CancelScope


class Outboxes:
    """One outbox for each receiver. All methods are for the event loop's thread."""

    def __init__(self, daemon: str, audit_log: AuditLog, allowance: Allowance, ca_bundle: Path | None) -> None:
        self._daemon = daemon
        self._audit_log = audit_log
        self._allowance = allowance
        self._ca_bundle = ca_bundle
        self._running: list[_Delivery] = []
        self._conceal: Callable[[str], str] = str

    def __iter__(self) -> Iterator[Outbox]:
        return (each.outbox for each in self._running)

    def __bool__(self) -> bool:
        return bool(self._running)

    @property
    def waiting(self) -> dict[str, list[Alert]]:
        """The undelivered alerts, by the name of the receiver."""
        return {each.receiver.name: list(each.waiting) for each in self}

    def replace(
        self,
        config: AlertsConfig,
        kept: Mapping[str, Sequence[Alert]],
        nursery: trio.Nursery,
        save: Callable[[], Awaitable[None]],
    ) -> None:
        """Deliver to these receivers only.

        The delivery to an unchanged receiver continues, even under another name. A changed receiver with the same name
        gets the alerts that wait for it, which may include an alert that is being sent. `kept` are the alerts that
        waited at the end of an earlier process.
        """
        secrets = known_secrets(config)
        self._conceal = secrets.conceal if secrets is not None else str
        before, self._running = self._running, []
        unchanged: list[_Delivery | None] = []
        for each in config.receivers:
            unchanged.append(next((delivery for delivery in before if delivery.config == each), None))
            before = [delivery for delivery in before if delivery is not unchanged[-1]]
        waiting = {**kept, **{each.outbox.receiver.name: list(each.outbox.waiting) for each in before}}
        receivers = _named_apart([receiver_of(each, self._allowance, self._ca_bundle) for each in config.receivers])
        for each, receiver, delivery in zip(config.receivers, receivers, unchanged, strict=True):
            if delivery is None:
                outbox = Outbox(receiver, self._daemon, self._audit_log, self._conceal)
                for alert in waiting.get(receiver.name, ()):
                    outbox.add(alert)
                delivery = _Delivery(each, outbox, trio.CancelScope())
                nursery.start_soon(_run, delivery, save, name=f"alerts to {receiver.name}")
            delivery.outbox.receiver.name = receiver.name
            self._running.append(delivery)
        for obsolete in before:
            obsolete.scope.cancel(reason="the document does not name this receiver of alerts any longer")

    def add(self, alert: Alert) -> None:
        """Add an alert to every outbox."""
        for outbox in self:
            outbox.add(alert)

    async def test(self) -> Sequence[AlertTestResult]:
        """Send a test to all receivers at once, and return their results."""
        results: dict[str, AlertTestResult] = {}

        async def try_out(outbox: Outbox) -> None:
            name = outbox.receiver.name
            taken, text = await outcome_of(outbox.receiver, alert_for_test(self._daemon), self._conceal)
            results[name] = AlertTestResult(receiver=name, taken=taken, said=text)

        outboxes = list(self)
        async with trio.open_nursery() as nursery:
            for outbox in outboxes:
                nursery.start_soon(try_out, outbox)
        return [results[each.receiver.name] for each in outboxes]


async def _run(delivery: _Delivery, save: Callable[[], Awaitable[None]]) -> None:
    with delivery.scope:
        await delivery.outbox.run(save)


def _named_apart(receivers: list[Receiver]) -> list[Receiver]:
    """The receivers, with numbers added to equal names, such as those of webhooks at one server."""
    seen: Counter[str] = Counter()
    for each in receivers:
        seen[each.name] += 1
        if (number := seen[each.name]) > 1:
            each.name += f" ({number})"
    return receivers
