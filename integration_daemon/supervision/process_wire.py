"""What the daemon and a connector's own process say to each other: frames of JSON over a socket pair.

daemon ─▶ process   Begin once, then Invoke a method at a time, and Answer what the method asks
process ─▶ daemon   Ask for a store call, Log and Progress on the way, then Returned or Raised
"""

from collections.abc import Callable
from typing import Any

import msgspec
import trio

from audit.errors import DescribedError
from audit.foreign import ForeignExitError, named_text, shown_error
from audit.masking import masked_text, shown_text
from audit.message import AuditMessage, ErrorMessage, MessageDefinition
from audit.safe_text import safe_text
from audit.severity import Severity
from services import errors
from services.framework.context import ContextSettings
from services.framework.frames import Frames
from services.framework.secret import Secret
from services.metadata.changes import Batch, Query
from services.metadata.element import MetadataSource
from services.metadata.removal import CompletedScan


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An error as it crosses the border: its class by name, its message, and what it was about."""

    class_name: str
    definition: ErrorMessage
    metadata_server: str = ""
    stack: str = ""
    """The traceback of an error of any other class."""


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """Make the connector."""

    service: str
    settings: ContextSettings


class Invoke(msgspec.Struct, frozen=True, tag="invoke"):
    """Call a method of the connector, if it has it."""

    method: str


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """The result of a store call, encoded; or its error."""

    number: int
    value: msgspec.Raw = msgspec.Raw(b"null")
    error: Told | None = None


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Make a call on the connector's metadata store."""

    number: int
    call: str
    source: MetadataSource | None = None
    user: str = ""
    name: str = ""
    scope: str = ""
    after: str | None = None
    limit: int | None = None
    number_after: int = 0
    batch: Batch | None = None
    query: Query | None = None
    guids: list[str] = []
    type_name: str | None = None
    scan: CompletedScan | None = None


class Log(msgspec.Struct, frozen=True, tag="log"):
    """Log a message; its inserts are text by now."""

    definition: MessageDefinition
    severity: str
    parameters: dict[str, str]

    @property
    def message(self) -> AuditMessage:
        """The message, with its severity."""
        fields = msgspec.structs.asdict(self.definition)
        return AuditMessage(severity=Severity.from_label(self.severity), **fields)


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """What the connector is doing."""

    text: str | None


class Returned(msgspec.Struct, frozen=True, tag="returned"):
    """The method has returned."""

    method: str


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """The method has raised, or a listener."""

    error: Told
    method: str


ToProcess = Begin | Invoke | Answer
FromProcess = Ask | Log | Progress | Returned | Raised

UNFORESEEN = "INTEGRATION-CONNECTOR-500-001"
_CLASSES: dict[str, type[DescribedError]] = {
    kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DescribedError)
}


class ForeignError(Exception):
    """An exception of a class that only the connector's process knows."""

    def __init__(self, class_name: str, text: str) -> None:
        super().__init__(text)
        self.class_name = class_name


def tell(error: BaseException, conceal: Callable[[str], str] | None = None) -> Told:
    """An error in a form that can cross the border; `conceal` takes out the secrets that the connector knows."""
    conceal = conceal or str
    known = next((each.__name__ for each in type(error).__mro__ if each in _CLASSES.values()), "")
    definition = error.__dict__.get("definition")  # a class that inherits from one of ours may have none
    if known and type(definition) is ErrorMessage:
        text = _escaped(conceal(shown_text(error)).removeprefix(f"{definition.id} "))
        server = safe_text(error.__dict__.get("metadata_server", ""))
        return Told(class_name=known, definition=msgspec.structs.replace(definition, text=text), metadata_server=server)
    shown = shown_error(error)
    is_exit = isinstance(error, ForeignExitError)
    text = _escaped(conceal(shown_text(shown.message if is_exit else named_text(error))))
    definition = ErrorMessage(id=UNFORESEEN, http_code=500, text=text, system_action="", user_action="")
    class_name = error.class_name if isinstance(error, ForeignExitError) else shown.class_name
    return Told(class_name=class_name, definition=definition, stack=conceal(masked_text(shown.stack)))


def heard(told: Told) -> Exception:
    """The error that was told."""
    kind = _CLASSES.get(told.class_name)
    if kind is None:
        error = ForeignError(told.class_name, told.definition.render({}))
        error.add_note(f"In the process of the connector:\n{told.stack}")
        return error
    if issubclass(kind, errors.MetadataServerUnavailableError):
        return kind(told.definition, metadata_server=told.metadata_server)
    return kind(told.definition)


def _escaped(text: str) -> str:
    """A text as a template without any inserts."""
    return text.replace("{", "{{").replace("}", "}}")


def framed(stream: trio.abc.Stream, incoming: Any) -> Frames:
    """Messages over a stream. Secrets go in the clear, to the connector's own process, which is to use them."""
    return Frames(stream, incoming, enc_hook=_stored, dec_hook=_secret)


def _stored(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.stored_form()
    raise NotImplementedError


def _secret(kind: type[Any], value: Any) -> Any:
    if kind is Secret:
        return Secret(value)
    raise NotImplementedError
