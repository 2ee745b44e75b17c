"""The record that every destination gets: what one entry of the log has become."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from string import Formatter

import msgspec

from audit.foreign import ShownError
from audit.log import Component, Entry
from audit.masking import masked_text, shown_text
from audit.message import AuditMessage
from audit.safe_text import LONGEST_TEXT, safe_text


class Originator(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The server whose log it is."""

    server_name: str
    server_type: str
    organization_name: str | None = None


class AuditRecord(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """One record. The field names are those of the ecosystem's audit log files."""

    guid: str
    time_stamp: int
    """Milliseconds since the epoch."""
    originator_properties: Originator
    originator_component: Component
    severity_code: int
    severity: str
    message_id: str
    message_text: str
    message_parameters: list[str]
    system_action: str
    user_action: str
    exception_class_name: str | None = None
    exception_message: str | None = None
    exception_stack_trace: str | None = None


def record_of(entry: Entry, originator: Originator) -> AuditRecord:
    """Render an entry. Never raises: what cannot be rendered is shown as such in its place."""
    message, parameters, error = entry.message, entry.parameters, entry.error
    fixed = _FIXED.get(message.id)
    if fixed is None or fixed.message is not message:
        if len(_FIXED) >= MOST_FIXED:  # a connector may make up message ids without end
            _FIXED.clear()
        fixed = _FIXED[message.id] = _Fixed(message)
    conceal = entry.log.conceal
    shown: list[str] = []
    for name in fixed.names:
        value = parameters.get(name, _ABSENT)
        if type(value) is str and value in _PLAIN:
            shown.append(value)
        elif type(value) is str and value.isascii():
            shown.append(_masked(value))
        elif type(value) is int and -LARGE_NUMBER < value < LARGE_NUMBER:
            shown.append(str(value))
        else:
            shown.append(f"<no {name}>" if value is _ABSENT else shown_text(value))
    if conceal is not None:
        shown = [conceal(each) for each in shown]
    text = fixed.render(shown)
    if len(text) > LONGEST_TEXT:  # looked at once for all inserts
        shown = [safe_text(each) for each in shown]
        text = fixed.render(shown)
    return AuditRecord(  # by position: every record of a busy daemon passes here
        next(_guids),
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
        *(() if error is None else _of_exception(error, conceal)),
    )


class _Fixed:
    """What is the same in all records of a message; parsing its template each time would cost more than the rest."""

    __slots__ = ("_order", "_template", "message", "names", "severity", "severity_code")

    def __init__(self, message: AuditMessage) -> None:
        self.message = message
        self.names = message.parameter_names
        self.severity = message.severity.label
        self.severity_code = message.severity.ordinal
        parts = list(Formatter().parse(message.text))
        self._template = "".join(
            literal.replace("%", "%%") + ("%s" if name is not None else "") for literal, name, _, _ in parts
        )
        occurrences = [name for _, name, _, _ in parts if name is not None]
        self._order = None if occurrences == list(self.names) else [self.names.index(name) for name in occurrences]

    def render(self, shown: list[str]) -> str:
        """The text with its inserts, which are in the order of `names`."""
        if self._order is None:
            return self._template % tuple(shown)
        return self._template % tuple([shown[index] for index in self._order])


def _masked(text: str) -> str:
    """A text without secrets. One that has none is remembered: names of connectors and daemons come again and again."""
    shown = masked_text(text)
    if shown is text and len(text) <= LONGEST_PLAIN:
        if len(_PLAIN) >= MOST_PLAIN:
            _PLAIN.clear()
        _PLAIN.add(text)
    return shown


LARGE_NUMBER = 1 << 64
"""Numbers below it are shown without further ado; Python refuses to show those of thousands of digits."""
_FIXED: dict[str, _Fixed] = {}
_PLAIN: set[str] = set()
"""Short texts that are known to have no secret."""
LONGEST_PLAIN, MOST_PLAIN = 100, 200_000
MOST_FIXED = 10_000
"""Messages whose fixed parts are kept; the program's own are some hundred."""


def _counted_guids() -> Iterator[str]:
    """A random GUID whose last part counts: a fresh one for each record would cost as much as the rest of it."""
    random = str(uuid.uuid4())[:24]
    lows = [f"{low:03x}" for low in range(0x1000)]
    for high in itertools.count():
        beginning = f"{random}{high:09x}"
        for low in lows:
            yield beginning + low


_guids = _counted_guids()


_ABSENT = object()


def _of_exception(error: ShownError, conceal: Callable[[str], str] | None) -> tuple[str, str, str]:
    """The class, the text and the stack of an exception, without secrets."""
    text, stack = masked_text(error.message), masked_text(error.stack)
    if conceal is not None:
        text, stack = conceal(text), conceal(stack)
    return error.class_name, text, stack
