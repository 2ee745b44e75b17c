"""Rendering entries of the log as records."""

import uuid
from collections.abc import Mapping
from functools import lru_cache

from audit.fixed_parts import LARGE_NUMBER, FixedParts, fixed_parts, is_plain, note_without_secrets
from audit.foreign import ShownError
from audit.log import Conceal, Entry
from audit.masking import masked_text, shown_text
from audit.record import AuditRecord, Originator
from audit.safe_text import LONGEST_TEXT, safe_text


def record_of(entry: Entry, originator: Originator) -> AuditRecord:
    """Render an entry. Never raises: values that cannot be rendered are marked in the text."""
    message, error, conceal = entry.message, entry.error, entry.conceal
    fixed = fixed_parts(message)
    inserts = fixed.plain_inserts(entry)
    if inserts is not None and len(inserts) == len(fixed.names):  # otherwise an insert occurs twice
        text, shown = fixed.template % inserts, [str(each) for each in inserts]
    else:
        text, shown = _rendered(fixed, entry.parameters, conceal)
    error_class, error_text, stack = _NO_EXCEPTION if error is None else _of_exception(error, conceal)
    return AuditRecord(  # by position: each record of a busy daemon passes here
        _guid(entry.number),
        int(entry.time * 1000),
        originator,
        entry.log.component,
        fixed.severity_code,
        fixed.severity,
        message.id,
        text,
        shown,
        message.system_action,
        message.user_action,
        error_class,
        error_text,
        stack,
    )


_NO_EXCEPTION = (None, None, None)


def _guid(number: int) -> str:
    """A random GUID whose last part is a counter: a new random GUID would cost as much as the rest of the record."""
    return _beginning(number >> 12) + _LOWS[number & 0xFFF]


@lru_cache(maxsize=4)
def _beginning(high: int) -> str:
    return f"{_RANDOM}{high:09x}"


_RANDOM = str(uuid.uuid4())[:24]
_LOWS = [f"{low:03x}" for low in range(0x1000)]


def _rendered(fixed: FixedParts, parameters: Mapping[str, object], conceal: Conceal | None) -> tuple[str, list[str]]:
    """The text of a record, and its inserts, all without secrets."""
    shown = {name: _shown(name, parameters) for name in fixed.names}
    if conceal is not None:
        shown = {name: conceal(each) for name, each in shown.items()}
    text = fixed.template % tuple([shown[name] for name in fixed.occurrences])
    if len(text) > LONGEST_TEXT:  # one check for all inserts
        shown = {name: safe_text(each) for name, each in shown.items()}
        text = fixed.template % tuple([shown[name] for name in fixed.occurrences])
    return text, list(shown.values())


def _shown(name: str, parameters: Mapping[str, object]) -> str:
    if name not in parameters:
        return f"<no {name}>"
    value = parameters[name]
    if type(value) is str and value.isascii():
        return value if is_plain(value) else _masked(value)
    if type(value) is int and -LARGE_NUMBER < value < LARGE_NUMBER:
        return str(value)
    return shown_text(value)


def _masked(text: str) -> str:
    shown = masked_text(text)
    if shown is text:
        note_without_secrets(text)
    return shown


def _of_exception(error: ShownError, conceal: Conceal | None) -> tuple[str, str, str]:
    """The class, the text and the stack of an exception, without secrets."""
    text, stack = masked_text(error.message), masked_text(error.stack)
    if conceal is not None:
        text, stack = conceal(text), conceal(stack)
    return error.class_name, text, stack
