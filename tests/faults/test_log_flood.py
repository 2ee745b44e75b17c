"""A connector that logs without end does no harm: the waiting records are limited, and the others are counted."""

from audit.log import FOREIGN_CHARACTERS, AuditLog, Buffer, Component
from audit.message import AuditMessage
from audit.severity import Severity

ERROR = AuditMessage(id="FLOOD", severity=Severity.ERROR, text="{text}", system_action="None.", user_action="None.")


def test_a_flood_of_errors_is_bounded_in_bytes_and_counted() -> None:
    buffer = Buffer(1_000_000)
    own = AuditLog(buffer, Component(component_id=1, component_name="daemon"))
    log = own.for_foreign_code()
    for _ in range(20_000):
        log.record(ERROR, text="x" * 4_000)
    waiting = sum(len(str(entry.parameters["text"])) for entry in buffer.entries)
    assert FOREIGN_CHARACTERS - 4_000 < waiting <= FOREIGN_CHARACTERS
    assert buffer.dropped == 20_000 - len(buffer.entries)

    own.record(ERROR, text="what the daemon itself has to say is kept")
    assert len(buffer.entries) == 20_000 - buffer.dropped + 1
