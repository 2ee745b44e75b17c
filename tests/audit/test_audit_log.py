"""The audit log from the caller to the destinations."""

import threading
from collections.abc import Sequence

import pytest
import trio

from audit.destination import ALL_SEVERITIES, Destination
from audit.destinations.memory_ring import MemoryRingDestination, RingQuery
from audit.log import AuditLog, Component
from audit.message import AuditMessage
from audit.opening import open_audit_log
from audit.pump import BATCH
from audit.record import AuditRecord, Originator
from audit.report import SeverityCounts
from audit.severity import Severity

ORIGINATOR = Originator(server_name="exchangeDL01", server_type="Integration Daemon")
COMPONENT = Component(component_id=1, component_name="test")


def message(severity: Severity = Severity.INFORMATION) -> AuditMessage:
    return AuditMessage(
        id=f"TEST-{severity.name}", severity=severity, text="number {number}", system_action="-", user_action="-"
    )


class Collector:
    """A destination that keeps its records, and fails or blocks on request."""

    def __init__(self, name: str = "collector", severities: frozenset[Severity] = ALL_SEVERITIES) -> None:
        self.name = name
        self.severities = severities
        self.texts: list[str] = []
        self.failures = 0
        self.gate = threading.Event()
        self.gate.set()
        self.closed = False

    def write(self, batch: Sequence[AuditRecord]) -> None:
        assert self.gate.wait(30)
        if self.failures:
            self.failures -= 1
            raise OSError(28, "No space left on device")
        self.texts += [f"{record.message_id} {record.message_text}" for record in batch]

    def close(self) -> None:
        self.closed = True


async def log_to(*destinations: Destination, count: int = 3, capacity: int = 65_536) -> None:
    async with open_audit_log(ORIGINATOR, COMPONENT, destinations, capacity=capacity) as log:
        for number in range(count):
            log.record(message(), number=number)


async def test_closing_the_log_writes_every_record() -> None:
    collector = Collector()
    await log_to(collector, count=5_000)

    assert collector.texts == [f"TEST-INFORMATION number {number}" for number in range(5_000)]
    assert collector.closed


async def test_the_pump_keeps_up_with_several_busy_services() -> None:
    rounds, of_each = 50, BATCH + BATCH // 2
    collector = Collector()
    async with open_audit_log(ORIGINATOR, COMPONENT, [collector], capacity=15 * BATCH) as log:
        for _ in range(rounds):
            for number in range(of_each):
                log.record(message(), number=number)
            await trio.lowlevel.checkpoint()

    assert len(collector.texts) == rounds * of_each


async def test_a_cancelled_server_still_writes_its_log() -> None:
    collector = Collector()
    with trio.CancelScope() as scope:
        async with open_audit_log(ORIGINATOR, COMPONENT, [collector]) as log:
            log.record(message(), number=1)
            scope.cancel()
            log.record(message(Severity.SHUTDOWN), number=2)
            await trio.sleep_forever()

    assert collector.texts == ["TEST-INFORMATION number 1", "TEST-SHUTDOWN number 2"]


async def test_each_destination_has_its_own_severities() -> None:
    errors = Collector("errors", frozenset({Severity.ERROR}))
    all_of_them = Collector("all")
    async with open_audit_log(ORIGINATOR, COMPONENT, [errors, all_of_them]) as log:
        log.record(message(Severity.INFORMATION), number=1)
        log.record(message(Severity.ERROR), number=2)

    assert errors.texts == ["TEST-ERROR number 2"]
    assert len(all_of_them.texts) == 2


async def test_a_blocked_destination_delays_no_other() -> None:
    blocked, free = Collector("blocked"), MemoryRingDestination()
    blocked.gate.clear()
    async with open_audit_log(ORIGINATOR, COMPONENT, [blocked, free]) as log:
        log.record(message(), number=1)
        with trio.fail_after(10):
            await free.wait_for_more(0)
        assert blocked.texts == []
        blocked.gate.set()

    assert blocked.texts == ["TEST-INFORMATION number 1"]


async def test_a_destination_that_never_returns_is_left_behind(capsys: pytest.CaptureFixture[str]) -> None:
    hung = Collector("hung")
    hung.gate.clear()
    async with open_audit_log(ORIGINATOR, COMPONENT, [hung], drain_deadline=0.05) as log:
        log.record(message(), number=1)
    hung.gate.set()

    assert "1 audit log records could not be written" in capsys.readouterr().err


async def test_other_destinations_report_a_failing_destination_and_its_records_are_kept() -> None:
    failing, ring = Collector("failing"), MemoryRingDestination()
    failing.failures = 1
    async with open_audit_log(ORIGINATOR, COMPONENT, [failing, ring]) as log:
        log.record(message(), number=1)
        with trio.fail_after(20):
            while not ring.find(RingQuery(message_id="AUDIT-LOG-0002")):
                await ring.wait_for_more(ring.last_number)

    assert failing.texts[0] == "TEST-INFORMATION number 1"
    said = [each.record.message_text for each in ring.find(RingQuery())]
    assert any("failing cannot be written to: OSError: [Errno 28] No space left on device" in text for text in said)
    assert any("failing can be written to again, after 1 failed attempts" in text for text in said)


async def test_a_full_buffer_drops_and_counts_droppable_records() -> None:
    collector = Collector()
    async with open_audit_log(ORIGINATOR, COMPONENT, [collector], capacity=10) as log:
        for number in range(25):
            log.record(message(), number=number)
        log.record(message(Severity.ERROR), number=99)

    assert len([text for text in collector.texts if text.startswith("TEST-INFORMATION")]) == 10
    assert "TEST-ERROR number 99" in collector.texts
    assert "AUDIT-LOG-0003 15 audit log records were dropped because the audit log's buffer was full" in collector.texts


def log_many(log: AuditLog) -> None:
    for number in range(500):
        log.record(message(), number=number)


async def test_records_from_worker_threads_all_arrive() -> None:
    collector = Collector()
    async with open_audit_log(ORIGINATOR, COMPONENT, [collector]) as log, trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(trio.to_thread.run_sync, log_many, log)

    assert len(collector.texts) == 4_000


async def test_the_ring_filters_orders_and_limits_records() -> None:
    ring = MemoryRingDestination(capacity=6)
    async with open_audit_log(ORIGINATOR, COMPONENT, [ring]) as log:
        for number in range(4):
            log.record(message(), number=number)
            log.record(message(Severity.ERROR), number=f"connector {number}")

    def texts(query: RingQuery) -> list[str]:
        return [each.record.message_text for each in ring.find(query)]

    assert ring.last_number == 8
    assert len(texts(RingQuery())) == 6  # the oldest have made room
    assert texts(RingQuery(severities=frozenset({"Error"}))) == [
        "number connector 1", "number connector 2", "number connector 3",
    ]  # fmt: skip
    assert texts(RingQuery(mentioning="connector 2")) == ["number connector 2"]
    assert texts(RingQuery(newest_first=True, limit=1)) == ["number connector 3"]
    assert texts(RingQuery(after=6)) == ["number 3", "number connector 3"]
    assert texts(RingQuery(before=7, newest_first=True, limit=2)) == ["number connector 2", "number 2"]
    assert texts(RingQuery(after=5, before=7)) == ["number connector 2"]
    assert texts(RingQuery(before=1)) == texts(RingQuery(before=99, after=99)) == []
    assert texts(RingQuery(text="CONNECTOR 3")) == ["number connector 3"]
    assert len(texts(RingQuery(text=message().id.lower()))) == 3


async def test_a_record_in_the_ring_tells_which_connector_it_is_about() -> None:
    ring = MemoryRingDestination()
    named = AuditMessage(
        id="TEST-0002",
        severity=Severity.INFORMATION,
        text="{connector} did",
        system_action="It did.",
        user_action="None.",
    )
    async with open_audit_log(ORIGINATOR, COMPONENT, [ring]) as log:
        log.record(named, connector="inbox")
        log.record(message(), number=1)
        outbox = log.child(COMPONENT)
        outbox.subject = "outbox"
        outbox.record(message(), number=2)

    assert [each.connector for each in ring.find(RingQuery())] == ["inbox", None, "outbox"]


async def test_a_record_conceals_the_secrets_its_component_had_when_the_record_was_logged() -> None:
    ring = MemoryRingDestination()
    async with open_audit_log(ORIGINATOR, COMPONENT, [ring]) as log:
        log.conceal = lambda text: text.replace("hush", "*")
        log.record(message(), number="4711hush")
        log.conceal = None

    assert [each.record.message_text for each in ring.find(RingQuery())] == ["number 4711*"]


async def test_a_record_is_the_same_for_every_destination_and_reader() -> None:
    ring, other = MemoryRingDestination(), MemoryRingDestination()
    async with open_audit_log(ORIGINATOR, COMPONENT, [ring, other]) as log:
        for number in range(3):
            log.record(message(), number=number)

    found = ring.find(RingQuery())
    assert found == ring.find(RingQuery()) == other.find(RingQuery())
    assert len({each.record.guid for each in found}) == 3


async def test_records_are_counted_by_component_and_severity() -> None:
    counts = SeverityCounts()
    async with open_audit_log(ORIGINATOR, COMPONENT, [], counts=counts) as log:
        child = log.child(Component(component_id=2, component_name="child"))
        log.record(message(Severity.STARTUP), number=1)
        child.record(message(Severity.ERROR), number=2)
        child.record(message(Severity.ERROR), number=3)

    report = counts.report()
    assert report.severity_count == {Severity.ERROR.ordinal: 2, Severity.STARTUP.ordinal: 1}
    named = {
        child.reporting_component.component_name: child.severity_count
        for child in report.child_audit_log_reports
        if child.reporting_component
    }
    assert named == {"test": {8: 1}, "child": {5: 2}}


async def test_write_now_writes_the_log_without_the_event_loop() -> None:
    collector = Collector()
    async with open_audit_log(ORIGINATOR, COMPONENT, [collector]) as log:
        for number in range(5_000):
            log.record(message(), number=number)
            if number == 2_500:
                await trio.lowlevel.checkpoint()  # some records are being written
        assert log.write_now(30)  # this blocks the thread of the event loop: no other task runs meanwhile
        assert collector.texts == [f"TEST-INFORMATION number {number}" for number in range(5_000)]
        log.record(message(), number=5_000)

    assert collector.texts == [
        f"TEST-INFORMATION number {number}" for number in range(5_001)
    ]  # no record is written twice


async def test_write_now_does_not_wait_for_a_hung_destination() -> None:
    hung, free = Collector("hung"), Collector("free")
    hung.gate.clear()
    async with open_audit_log(ORIGINATOR, COMPONENT, [hung, free]) as log:
        log.record(message(), number=1)
        assert not log.write_now(0.2)
        assert free.texts == ["TEST-INFORMATION number 1"]
        hung.gate.set()


async def test_records_that_could_not_be_written_are_retried_in_order() -> None:
    failing = Collector()
    failing.failures = 1
    async with open_audit_log(ORIGINATOR, COMPONENT, [failing]) as log:
        for number in range(3):
            log.record(message(), number=number)
        assert not log.write_now(30)
        log.record(message(), number=3)

    assert [text for text in failing.texts if "TEST" in text] == [f"TEST-INFORMATION number {n}" for n in range(4)]
