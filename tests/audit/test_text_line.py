"""An audit record as a line of text, in the form of the page."""

from audit.foreign import shown_error
from audit.log import AuditLog, Buffer, Component, Entry
from audit.message import AuditMessage
from audit.record import Originator
from audit.rendering import record_of
from audit.severity import Severity
from audit.text_line import text_line
from integration_daemon.platform.messages import AUDIT_LOG_INITIALIZED

PAGE_TIME = 1612299470.647  # 2021-02-02T20:57:50.647Z
ORIGINATOR = Originator(server_name="exchangeDL01", server_type="Integration Daemon")
LOG = AuditLog(Buffer(0), Component(component_id=1, component_name="test"))
SAYING = AuditMessage(
    id="TEST-0001", severity=Severity.INFORMATION, text="about {what}", system_action="None.", user_action="None."
)


def line_of(message: AuditMessage, error: BaseException | None = None, **parameters: object) -> str:
    shown = None if error is None else shown_error(error)
    return text_line(record_of(Entry(PAGE_TIME, LOG, message, parameters, shown), ORIGINATOR))


def test_the_first_line_is_written_as_on_the_page() -> None:
    line = line_of(AUDIT_LOG_INITIALIZED, server_type="Integration Daemon", server="exchangeDL01")

    assert line == (
        "Tue Feb 02 20:57:50 GMT 2021 exchangeDL01 Startup OMRS-AUDIT-0064 The Open Metadata Repository Services "
        "(OMRS) has initialized the audit log for the Integration Daemon called exchangeDL01"
    )


def test_quoted_text_cannot_imitate_another_record() -> None:
    forged = "x\nTue Feb 02 20:57:50 GMT 2021 exchangeDL01 Error FORGED-0001 gone\r\x1b[2J\u2028"

    line = line_of(SAYING, what=forged)

    assert len(line.splitlines()) == 1
    assert "x\\nTue Feb 02" in line
    assert "\x1b" not in line


def test_characters_that_change_the_order_of_other_text_or_are_invisible_are_escaped() -> None:
    line = line_of(SAYING, what="invoice\u202excod.exe\u2066 a\u200bb c\xadd \ufeff\U000e0041 \u0645 \xa0\u3000é😀")

    assert line.endswith("invoice\\u202excod.exe\\u2066 a\\u200bb c\\xadd \\ufeff\\U000e0041 \u0645 \xa0\u3000é😀")


def test_an_exception_and_its_stack_are_written_on_a_second_line() -> None:
    try:
        raise KeyError("missing")
    except KeyError as error:
        first, second = line_of(SAYING, error, what="it").split("\n")

    assert first.endswith("TEST-0001 about it")
    assert "Supplementary information: log record id " in second
    assert "KeyError returned message of 'missing' and stacktrace of Traceback" in second


class Unshowable:
    def __str__(self) -> str:
        raise RuntimeError("no")


def test_values_that_cannot_be_rendered_are_marked() -> None:
    assert line_of(SAYING).endswith("about <no what>")
    assert line_of(SAYING, what=Unshowable()).endswith("about <Unshowable that cannot be shown: RuntimeError>")
    assert line_of(SAYING, what="caf\udce9").endswith("about caf\\udce9")  # a file name that is not UTF-8
    assert line_of(SAYING, what="{braces}").endswith("about {braces}")
