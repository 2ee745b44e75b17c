"""A record as a line of text: `{date} {server} {Severity} {message id} {text}`.

The date has the form of Egeria's console: `Tue Feb 02 20:57:50 GMT 2021`, in English in every locale.
"""

import time
from functools import lru_cache

from audit.batch import RecordBatch
from audit.fixed_parts import fixed_parts
from audit.invisible import one_line
from audit.record import AuditRecord
from audit.rendering import record_of

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def text_lines(batch: RecordBatch) -> str:
    """The lines of a batch, each with its line end.

    Most records need no masking or escaping, so only the line is rendered.
    """
    server = one_line(batch.originator.server_name)
    second, opening, lines = 0, "", []
    for entry in batch.entries:
        fixed = fixed_parts(entry.message)
        inserts = fixed.plain_inserts(entry)
        if inserts is None:
            lines.append(text_line(record_of(entry, batch.originator)))
            continue
        if (at := int(entry.time)) != second:
            second, opening = at, f"{_date(at)} {server} "
        lines.append(opening + fixed.line % inserts)
    lines.append("")
    return "\n".join(lines)


def text_line(record: AuditRecord) -> str:
    """The line, without its line end. A record with an exception has a second line for its stack.

    Invisible characters are escaped, so that quoted text cannot imitate another record.
    """
    date = _date(record.time_stamp // 1000)
    opening = f"{date} {record.originator_properties.server_name} {record.severity} {record.message_id}"
    line = one_line(f"{opening} {record.message_text}")
    if record.exception_stack_trace is None:
        return line
    supplement = (
        f"{opening} Supplementary information: log record id {record.guid} {record.exception_class_name} returned "
        f"message of {record.exception_message} and stacktrace of {record.exception_stack_trace}"
    )
    return f"{line}\n{one_line(supplement)}"


@lru_cache(maxsize=4)
def _date(seconds: int) -> str:
    """The formatted date, cached for a second because formatting costs more than the rest of the line."""
    at = time.gmtime(seconds)
    clock = f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"
    return f"{_DAYS[at.tm_wday]} {_MONTHS[at.tm_mon - 1]} {at.tm_mday:02} {clock} GMT {at.tm_year}"
