"""Message definitions: each message to an operator is declared once, as data."""

from collections.abc import Callable, Mapping
from string import Formatter

import msgspec

from audit.severity import Severity


class MessageDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A text with an id and named inserts, the action of the system, and the recommended action of the user.

    Inserts are written `{name}`, so a call that swaps two of them cannot go unnoticed.
    """

    id: str
    text: str
    system_action: str
    user_action: str

    def __post_init__(self) -> None:
        """Raise `TypeError` or `ValueError` for texts that could not be shown later."""
        for text in (self.id, self.text, self.system_action, self.user_action):
            if type(text) is not str:
                raise TypeError(f"the id and the texts of a message are strings, not {type(text).__name__}")
            if not text.isascii():
                text.encode()  # raises for a lone surrogate
        if "{" in self.text or "}" in self.text:
            _require_named_inserts(self.text)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The inserts of the text, each once, in the order they first appear."""
        return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(self.text) if name))

    def render(self, parameters: Mapping[str, object]) -> str:
        """The text with its inserts filled in; raises `KeyError` for a missing insert."""
        return self.text.format_map(parameters)


class AuditMessage(MessageDefinition, frozen=True, kw_only=True):
    """A message of the audit log."""

    severity: Severity

    def __post_init__(self) -> None:
        """As for every definition; also raises `TypeError` for an invalid severity."""
        super().__post_init__()
        if type(self.severity) is not Severity:
            raise TypeError(f"the severity of a message is a Severity, not {type(self.severity).__name__}")


class ErrorMessage(MessageDefinition, frozen=True, kw_only=True):
    """The message of an error: the text of an exception, and its HTTP code."""

    http_code: int


def _require_named_inserts(text: str) -> None:
    if any(name == "" for _, name, _, _ in Formatter().parse(text)):
        raise ValueError(f"an insert of a message has no name: {text}")


Record = Callable[[AuditMessage, BaseException | None, dict[str, object]], None]
"""A function that logs a message, the exception that caused it, and the inserts of its text."""
