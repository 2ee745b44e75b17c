"""Values from foreign code: texts are made safe, exceptions are contained, and bad records do not affect others."""

from collections.abc import Sequence

import pytest
import trio

from audit.destinations.memory_ring import MemoryRingDestination, RingQuery
from audit.foreign import contained_error, named_text, shown_error
from audit.log import Component
from audit.opening import open_audit_log
from audit.record import AuditRecord, Originator
from audit.safe_text import LONGEST_TEXT, safe_text
from tests.audit.test_audit_log import Collector, message

ORIGINATOR = Originator(server_name="exchangeDL01", server_type="Integration Daemon")
COMPONENT = Component(component_id=1, component_name="test")


class Text(str):
    """A string subclass whose methods lie."""

    def __str__(self) -> str:
        raise SystemExit

    def __getitem__(self, key: object) -> str:
        raise KeyboardInterrupt


class Unshowable:
    def __str__(self) -> str:
        raise GeneratorExit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        (5, "5"),
        (None, "None"),
        ("caf\udce9", "caf\\udce9"),
        ("x" * (LONGEST_TEXT + 1), "x" * (LONGEST_TEXT - 1) + "…"),
        (b"x" * 1_000_000, "b'" + "x" * (LONGEST_TEXT - 3) + "…"),
        (Unshowable(), "<Unshowable that cannot be shown: GeneratorExit>"),
        (Text("x"), "<Text that cannot be shown: SystemExit>"),
        pytest.param(10**10_000, "<int that cannot be shown: ValueError>", id="a huge number"),
        (KeyError("nope"), "'nope'"),
        (ValueError("a", 2), "('a', 2)"),
        (ValueError(), ""),
    ],
)
def test_any_object_has_a_safe_text(value: object, text: str) -> None:
    assert safe_text(value) == text


def test_truncated_text_keeps_its_limit_after_escaping() -> None:
    assert len(safe_text("\udcff" * LONGEST_TEXT)) == LONGEST_TEXT


@pytest.mark.parametrize(
    ("error", "text"),
    [(KeyError("nope"), "KeyError: 'nope'"), (ValueError(), "ValueError"), (SystemExit(3), "SystemExit: 3")],
)
def test_an_exception_is_described_by_its_class_and_text(error: BaseException, text: str) -> None:
    assert named_text(error) == text


def test_the_stack_of_any_exception_can_be_shown() -> None:
    error = SyntaxError("odd")
    error.filename, error.lineno = Unshowable(), "no number"  # type: ignore[assignment]
    assert shown_error(error).stack.startswith("<traceback that cannot be shown: ")
    assert "ValueError: caf\\udce9" in shown_error(ValueError("caf\udce9")).stack


async def test_only_a_cancellation_of_the_current_task_is_passed_on() -> None:
    kept: list[BaseException] = []
    while_cancelled: list[Exception | None] = []
    with trio.CancelScope() as scope:
        scope.cancel()
        try:
            await trio.sleep_forever()
        except trio.Cancelled as error:
            kept.append(error)
            while_cancelled += [contained_error(error), contained_error(BaseExceptionGroup("", [error, SystemExit()]))]
            raise
    assert while_cancelled == [None, None]
    (stale,) = kept
    assert isinstance(contained_error(stale), Exception)
    assert isinstance(contained_error(BaseExceptionGroup("both", [stale, SystemExit()])), ExceptionGroup)


async def test_a_record_that_cannot_be_rendered_does_not_affect_other_records() -> None:
    collector = Collector()
    async with open_audit_log(ORIGINATOR, COMPONENT, [collector]) as log:
        log.record(message(), number=1)
        log.record(None, number=2)  # type: ignore[arg-type]
        log.record(message(), number=3)

    assert collector.texts[:2] == ["TEST-INFORMATION number 1", "TEST-INFORMATION number 3"]
    assert collector.texts[2].startswith("AUDIT-LOG-0010 A record with message None of ")


class ExitsOnce(Collector):
    """A destination that raises SystemExit at its first write and when it is closed."""

    def write(self, batch: Sequence[AuditRecord]) -> None:
        if self.failures:
            self.failures -= 1
            raise SystemExit(1)
        super().write(batch)

    def close(self) -> None:
        raise KeyboardInterrupt


async def test_other_destinations_report_a_destination_that_raises_any_exception() -> None:
    exits, ring = ExitsOnce("exits"), MemoryRingDestination()
    exits.failures = 1
    async with open_audit_log(ORIGINATOR, COMPONENT, [exits, ring]) as log:
        log.record(message(), number=1)
        with trio.fail_after(20):
            while not ring.find(RingQuery(message_id="AUDIT-LOG-0002")):
                await ring.wait_for_more(ring.last_number)

    assert exits.texts[0] == "TEST-INFORMATION number 1"
    said = [each.record.message_text for each in ring.find(RingQuery())]
    assert any("exits cannot be written to: ForeignExitError: SystemExit: 1" in text for text in said)
