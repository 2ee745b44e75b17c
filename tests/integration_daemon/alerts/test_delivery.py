"""Alerts reach real receivers, and a receiver that fails holds up nobody."""

import smtplib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from audit.log import AuditLog, Buffer, Component
from integration_daemon.alerts import outbox, receivers
from integration_daemon.alerts.alert import Alert, Event
from integration_daemon.alerts.alerts import Alerts
from integration_daemon.alerts.cause import Cause, CauseDescription
from integration_daemon.alerts.cause_collector import Count
from integration_daemon.alerts.incidents import CountedCause
from integration_daemon.alerts.receivers import NotSentError, receiver_of
from integration_daemon.config.alerts import AlertReceiver, AlertsConfig
from services.allowance import EVERYTHING, Allowance
from services.secret import Secret
from tests.integration_daemon.supervision.rig import PATIENCE, until
from tests.servers.alert_receivers import Webhook, mail_server, webhook

ALERT = Alert(
    text="[wards] <!channel> A & B: 2 connectors are DEGRADED\nUser action: nothing",
    event=Event.BEGUN,
    incident="4711",
    server="wards",
    title="<!channel> A & B",
)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as found:
        yield found


def config(**fields: Any) -> AlertReceiver:
    return msgspec.convert(fields, AlertReceiver, dec_hook=lambda kind, value: kind(value))


async def send(receiver: AlertReceiver, allowance: Allowance = EVERYTHING) -> str:
    return await receiver_of(receiver, allowance, None).send(ALERT)


async def test_a_webhook_receives_a_text_that_notifies_nobody_else(hook: Webhook) -> None:
    assert await send(config(webhook=hook.url)) == "HTTP status 200: ok"
    (received,) = hook.received
    assert received["text"].startswith("[wards] &lt;!channel&gt; A &amp; B: 2 connectors")
    assert (received["title"], received["event"], received["incident"]) == ("<!channel> A & B", "BEGUN", "4711")


async def test_a_document_that_is_applied_while_the_server_stops_tells_nobody(tmp_path: Path, hook: Webhook) -> None:
    log = AuditLog(Buffer(100), Component(component_id=1, component_name="alerts"))
    alerts = Alerts("wards", tmp_path, log, allowance=EVERYTHING, ca_bundle=None)
    async with trio.open_nursery() as nursery:
        running: trio.CancelScope = await nursery.start(alerts.run)
        running.cancel()
        await alerts.apply(AlertsConfig(receivers=(config(webhook=hook.url),)))
    assert not alerts.has_receivers


async def test_a_redirect_is_not_followed(hook: Webhook) -> None:
    hook.status, hook.answer = 307, "over there"
    with pytest.raises(NotSentError, match="HTTP status 307: over there"):
        await send(config(webhook=hook.url))
    assert hook.requests == 1


async def test_a_webhook_whose_secret_leads_elsewhere_is_not_called(
    hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Secret, "reveal", lambda self: hook.url)
    with pytest.raises(Exception, match=r"does not allow connections to 127\.0\.0\.1"):
        await send(config(webhook="env:HOOK"), Allowance(endpoints=("hooks.example.com",)))
    assert hook.requests == 0


async def test_a_mail_has_the_headline_as_its_subject() -> None:
    with mail_server() as mailbox:
        email = {"server": "127.0.0.1", "port": mailbox.port, "from": "d@example.com", "startTls": False}
        assert (
            await send(config(email={**email, "to": ["a@example.com", "b@example.com"]})) == "the mail server took it"
        )
    ((to, message),) = mailbox.received
    assert (to, message["Subject"]) == (["a@example.com", "b@example.com"], ALERT.headline)
    assert message.get_content().splitlines() == ALERT.text.splitlines()


async def test_a_mail_that_some_receive_is_not_sent_again() -> None:
    with mail_server() as mailbox:
        email = {"server": "127.0.0.1", "port": mailbox.port, "from": "d@example.com", "startTls": False}
        said = await send(config(email={**email, "to": ["a@example.com", "left-b@example.com"]}))
        assert said.startswith("the mail server took it, but not for left-b@example.com: 550")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            await send(config(email={**email, "to": ["left-b@example.com"]}))
    assert [to for to, _ in mailbox.received] == [["a@example.com"]]


def script(directory: Path, text: str) -> list[str]:
    path = directory / "page"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return [str(path), "on call; touch never"]


async def test_a_command_reads_the_alert_and_has_nothing_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "tell-nobody")
    command = script(tmp_path, f'cd {tmp_path}; cat > alert.json; env > env; echo "$1" > argument')
    allowance = Allowance(alert_commands=(tuple(command),))
    assert await send(config(command=command), allowance) == "it ended with status 0"
    assert msgspec.json.decode((tmp_path / "alert.json").read_bytes(), type=Alert) == ALERT
    assert "tell-nobody" not in (tmp_path / "env").read_text()
    assert (tmp_path / "argument").read_text() == "on call; touch never\n"


async def test_a_command_that_fails_is_quoted(tmp_path: Path) -> None:
    command = script(tmp_path, "echo no such pager >&2; exit 3")
    with pytest.raises(NotSentError, match="it ended with status 3: no such pager"):
        await send(config(command=command), Allowance(alert_commands=(tuple(command),)))


@pytest.mark.parametrize("arguments", [(), ("--other",)])
async def test_a_command_that_is_not_allowed_with_these_arguments_is_not_run(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    command = script(tmp_path, f"touch {tmp_path}/ran")
    with pytest.raises(NotSentError, match="does not allow this command"):
        await send(config(command=[command[0], *arguments]), Allowance(alert_commands=(tuple(command),)))
    assert not (tmp_path / "ran").exists()


async def test_a_command_that_does_not_end_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receivers, "LIMIT", 0.5)
    command = script(tmp_path, f"sleep 1000 & echo $! > {tmp_path}/child; wait")
    receiver = receiver_of(config(command=command), Allowance(alert_commands=(tuple(command),)), None)
    was_sent, said = await receivers.outcome_of(receiver, ALERT, str)
    assert (was_sent, "within 0.5 seconds" in said) == (False, True)
    child = int((tmp_path / "child").read_text())
    while _is_alive(child):
        await trio.lowlevel.checkpoint()


def _is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


DOWN = CountedCause(
    cause=Cause("endpoint", "db"),
    describe=lambda: CauseDescription("db is not available", "refused", "Start it."),
    condition="DEGRADED",
    since=0.0,
    connectors=3,
    names=["A", "B", "C"],
)
Step = Callable[..., None]


def told(*hooks: Webhook, **fields: Any) -> AlertsConfig:
    """A document's part that names these receivers."""
    return AlertsConfig(receivers=tuple(config(webhook=each.url) for each in hooks), after=0, **fields)


@asynccontextmanager
async def running_alerts(directory: Path, settings: AlertsConfig | None) -> AsyncIterator[tuple[Alerts, Buffer]]:
    """Running alerts."""
    buffer = Buffer(1_000)
    log = AuditLog(buffer, Component(component_id=1, component_name="alerts"))
    found = Alerts("wards", directory, log, allowance=EVERYTHING, ca_bundle=None)
    async with trio.open_nursery() as nursery:
        scope: trio.CancelScope = await nursery.start(found.run)
        await found.apply(settings)
        yield found, buffer
        scope.cancel()


def count(alerts: Alerts, *seen: CountedCause, later: float = 0.0) -> None:
    """Complete a count."""
    alerts.complete(Count(seen, 0, time.time() + later))


@asynccontextmanager
async def alerting(directory: Path, hook: Webhook) -> AsyncIterator[tuple[Step, Buffer]]:
    """Running alerts, with a function that completes a count."""
    async with running_alerts(directory, told(hook)) as (alerts, buffer):
        yield partial(count, alerts), buffer


def said(buffer: Buffer) -> list[str]:
    return [entry.message.id[-4:] for entry in buffer.entries]


async def wait(hook: Webhook, **so_much: int) -> None:
    await trio.to_thread.run_sync(partial(hook.wait_until, **so_much))


async def test_a_failing_receiver_is_tried_again_and_logged_once(
    tmp_path: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.01)
    hook.status, hook.answer = 503, f"not now: {hook.url}"
    async with alerting(tmp_path, hook) as (count, buffer):
        count(DOWN)
        await wait(hook, requests=4)
        assert said(buffer) == ["0110", "0113"]
        hook.status = 200
        await wait(hook, received=1)
        count(later=100)
        await wait(hook, received=2)
        assert sorted(said(buffer)) == ["0110", "0112", "0113", "0114"]
        assert not any("secret-path" in str(entry.parameters) for entry in buffer.entries)
    assert hook.events == ["BEGUN", "OVER"]


async def test_what_was_told_is_not_told_again_after_a_restart_and_what_waits_is(tmp_path: Path, hook: Webhook) -> None:
    async with alerting(tmp_path, hook) as (count, _):
        count(DOWN)
        await wait(hook, received=1)
        hook.status = 503
        count(later=100)
        await wait(hook, requests=2)
    hook.status = 200
    async with alerting(tmp_path, hook) as (count, _):
        count(later=200)
        await wait(hook, received=2)
    assert hook.events == ["BEGUN", "OVER"]


async def test_an_alert_that_is_being_sent_when_the_server_stops_is_not_repeated(tmp_path: Path, hook: Webhook) -> None:
    came, stopping = threading.Event(), threading.Event()

    def look() -> None:
        came.set()
        stopping.wait(PATIENCE)

    hook.look = look
    async with alerting(tmp_path, hook) as (count, _):
        count(DOWN)
        await trio.to_thread.run_sync(came.wait, PATIENCE)
        trio.lowlevel.spawn_system_task(_set_soon, stopping)
    hook.look = lambda: None
    async with alerting(tmp_path, hook) as (count, _):
        count(later=100)
        await wait(hook, received=2)
    assert hook.events == ["BEGUN", "OVER"]


async def _set_soon(event: threading.Event) -> None:
    """Set an event after everything else that is due."""
    await trio.testing.wait_all_tasks_blocked()
    event.set()


async def test_what_is_told_is_kept_before_anybody_is_told(tmp_path: Path, hook: Webhook) -> None:
    kept: list[Any] = []
    hook.look = lambda: kept.append(msgspec.json.decode((tmp_path / "alerts.json").read_bytes()))
    async with alerting(tmp_path, hook) as (count, _):
        count(DOWN)
        await wait(hook, received=1)
    assert [incident["told"] for incident in kept[0]["incidents"]] == [3]


async def test_too_many_alerts_push_out_the_oldest(
    tmp_path: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST", 2)
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.01)
    hook.status = 503
    many = [msgspec.structs.replace(DOWN, cause=Cause("endpoint", f"db{number}")) for number in range(4)]
    async with alerting(tmp_path, hook) as (count, buffer):
        count(*many)
        await wait(hook, requests=2)
        hook.status = 200
        await wait(hook, received=2)
        assert said(buffer).count("0115") == 2
    assert len({each["incident"] for each in hook.received}) == 2


async def test_a_state_that_cannot_be_kept_is_logged_and_alerts_go_on(tmp_path: Path, hook: Webhook) -> None:
    (tmp_path / "alerts.json").mkdir()
    async with alerting(tmp_path, hook) as (count, buffer):
        count(DOWN)
        await wait(hook, received=1)
        assert said(buffer)[:2] == ["0116", "0110"]


@pytest.fixture
def other_hook() -> Iterator[Webhook]:
    with webhook() as found:
        yield found


ANOTHER = msgspec.structs.replace(DOWN, cause=Cause("endpoint", "another"))


async def test_receivers_that_change_get_what_follows_and_an_incident_goes_on(
    tmp_path: Path, hook: Webhook, other_hook: Webhook
) -> None:
    async with running_alerts(tmp_path, told(hook)) as (alerts, _):
        count(alerts, DOWN)
        await wait(hook, received=1)
        await alerts.apply(told(hook, other_hook))
        count(alerts, DOWN, ANOTHER)
        await wait(hook, received=2)
        await wait(other_hook, received=1)
        await alerts.apply(told(other_hook))
        count(alerts, later=100)
        await wait(other_hook, received=3)
    assert hook.events == ["BEGUN", "BEGUN"]
    assert other_hook.events == ["BEGUN", "OVER", "OVER"]


async def test_a_receiver_that_has_not_changed_keeps_what_waits_for_it(
    tmp_path: Path, hook: Webhook, other_hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.01)
    hook.status = 503
    async with running_alerts(tmp_path, told(hook)) as (alerts, buffer):
        count(alerts, DOWN)
        await wait(hook, requests=2)
        await alerts.apply(told(hook, other_hook))
        assert said(buffer) == ["0110", "0113"]
        asked = hook.requests
        await wait(hook, requests=asked + 2)
        hook.status = 200
        await wait(hook, received=1)
        assert said(buffer).count("0113") == 1  # its failures were told before
    assert other_hook.requests == 0


async def test_a_webhook_keeps_what_waits_for_it_when_another_one_at_its_server_is_removed(
    tmp_path: Path, hook: Webhook, other_hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.01)
    other_hook.status = 503
    async with running_alerts(tmp_path, told(hook, other_hook)) as (alerts, _):
        count(alerts, DOWN)
        await wait(hook, received=1)
        await wait(other_hook, requests=2)
        await alerts.apply(told(other_hook))
        other_hook.status = 200
        await wait(other_hook, received=1)
        count(alerts, later=100)
        await wait(other_hook, received=2)
    assert other_hook.events == ["BEGUN", "OVER"]


async def test_a_receiver_that_was_corrected_gets_what_waits_for_it(tmp_path: Path) -> None:
    with mail_server() as mailbox:
        email = {"server": "127.0.0.1", "from": "d@example.com", "to": ["a@example.com"], "startTls": False}
        wrong, right = (
            AlertsConfig(receivers=(config(email={**email, "port": port}),), after=0) for port in (1, mailbox.port)
        )
        async with running_alerts(tmp_path, wrong) as (alerts, buffer):
            count(alerts, DOWN)
            await until(lambda: "0113" in said(buffer))
            await alerts.apply(right)
            await until(lambda: bool(mailbox.received))
    assert [str(message["Subject"]) for _, message in mailbox.received] == [
        "[wards] db is not available: 3 connectors are DEGRADED"
    ]


async def test_alerts_that_are_switched_off_and_on_again_repeat_nothing(tmp_path: Path, hook: Webhook) -> None:
    async with running_alerts(tmp_path, None) as (alerts, _):
        assert not alerts.has_receivers
        await alerts.apply(told(hook))
        count(alerts, DOWN)
        await wait(hook, received=1)
        await alerts.apply(AlertsConfig())
        assert not alerts.has_receivers
        await alerts.apply(told(hook))
        count(alerts, DOWN)
        count(alerts, later=100)
        await wait(hook, received=2)
    assert hook.events == ["BEGUN", "OVER"]
