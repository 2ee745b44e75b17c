"""The parts common to all records of a message: parsing its template for each record would cost more than the rest."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from string import Formatter

from audit.log import Entry
from audit.message import AuditMessage

LARGE_NUMBER = 1 << 64
"""Smaller numbers are converted to text without a check; Python refuses to convert numbers of thousands of digits."""
LONGEST_PLAIN, MOST_PLAIN = 100, 200_000
MOST_FIXED = 10_000
"""Messages whose fixed parts are cached; the program itself has some hundred messages."""


class FixedParts:
    """The fixed parts of one message. Its templates use `%` for inserts."""

    __slots__ = ("_pick", "line", "message", "names", "occurrences", "severity", "severity_code", "template")

    def __init__(self, message: AuditMessage) -> None:
        self.message = message
        self.severity = message.severity.label
        self.severity_code = message.severity.ordinal
        self.names = message.parameter_names
        parts = list(Formatter().parse(message.text))
        self.template = "".join(
            literal.replace("%", "%%") + ("%s" if name is not None else "") for literal, name, _, _ in parts
        )
        self.occurrences = [name for _, name, _, _ in parts if name is not None]
        """The inserts in the order of the text, with repetitions."""
        self.line = f"{self.severity} {message.id} ".replace("%", "%%") + self.template
        """The record as a line of text, without its date and server."""
        texts = (message.id, message.text, message.system_action, message.user_action)
        self._pick = _picked(self.occurrences) if all(map(str.isprintable, texts)) else _nothing_plain

    def plain_inserts(self, entry: Entry) -> tuple[object, ...] | None:
        """The inserts as shown in the text; `None` if one of them must be checked first.

        An insert needs no check if it is a number below `LARGE_NUMBER`, or a text without secrets and control
        characters that `note_without_secrets` has noted.
        """
        if entry.error is not None or entry.conceal is not None:
            return None
        try:
            inserts = self._pick(entry.parameters)
        except KeyError:
            return None
        for each in inserts:
            kind = type(each)
            if not (each in _PLAIN if kind is str else kind is int and -LARGE_NUMBER < each < LARGE_NUMBER):  # type: ignore[operator]
                return None
        return inserts


def fixed_parts(message: AuditMessage) -> FixedParts:
    """The fixed parts of a message, which are created once."""
    fixed = _FIXED.get(message.id)
    if fixed is None or fixed.message is not message:
        if len(_FIXED) >= MOST_FIXED:  # a connector may use any number of message ids
            _FIXED.clear()
        fixed = _FIXED[message.id] = FixedParts(message)
    return fixed


def note_without_secrets(text: str) -> None:
    """Remember a text without secrets: the names of connectors and daemons occur repeatedly."""
    if len(text) <= LONGEST_PLAIN and text.isprintable():
        if len(_PLAIN) >= MOST_PLAIN:
            _PLAIN.clear()
        _PLAIN.add(text)


def is_plain(text: str) -> bool:
    """True if the text can be shown unchanged."""
    return text in _PLAIN


Picking = Callable[[Mapping[str, object]], tuple[object, ...]]


def _picked(names: list[str]) -> Picking:
    """A getter of these parameters, which raises `KeyError` for a missing one."""
    if len(names) > 1:
        return itemgetter(*names)
    return (lambda parameters: (parameters[names[0]],)) if names else (lambda parameters: ())


def _nothing_plain(parameters: Mapping[str, object]) -> tuple[object, ...]:
    raise KeyError


_FIXED: dict[str, FixedParts] = {}
_PLAIN: set[str] = set()
