"""The protocol between the daemon and a connector's own process: frames of JSON over a socket pair.

daemon ─▶ process   Begin once, then Invoke for one method at a time, and an Answer to each Ask
process ─▶ daemon   Ask for each store call, Log and Progress during the method, then Returned or Raised
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
from integration_daemon.config.document import ProcessLimitsConfig
from integration_daemon.supervision.recovery.failure import ForeignError
from services import errors
from services.framework.context import ContextSettings
from services.framework.dry_run import SupposedChanges
from services.framework.frames import Frames
from services.metadata.changes import Batch, Query
from services.metadata.element import MetadataSource
from services.metadata.removal import CompletedScan
from services.secret import Secret
from services.secret_sources.access import SecretAccess


class RemoteError(msgspec.Struct, frozen=True, kw_only=True):
    """An error as sent between processes: the name of its class, its message, and its parameters."""

    class_name: str
    definition: ErrorMessage
    metadata_server: str = ""
    stack: str = ""
    """The traceback of an error of a foreign class."""


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """Create the connector."""

    service: str
    settings: ContextSettings
    limits: ProcessLimitsConfig | None = None
    access: SecretAccess = SecretAccess()


class Invoke(msgspec.Struct, frozen=True, tag="invoke"):
    """Call a method of the connector, if the connector has the method."""

    method: str
    dry_run: bool = False


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """The encoded result of a store call, or its error."""

    number: int
    value: msgspec.Raw = msgspec.Raw(b"null")
    error: RemoteError | None = None


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Make a call on the connector's metadata store, its host, or the shared resources of its service."""

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
    request: bytes = b""


class Log(msgspec.Struct, frozen=True, tag="log"):
    """Log a message, whose inserts have been converted to text."""

    definition: MessageDefinition
    severity: str
    parameters: dict[str, str]

    @property
    def message(self) -> AuditMessage:
        """The message, with its severity."""
        fields = msgspec.structs.asdict(self.definition)
        return AuditMessage(severity=Severity.from_label(self.severity), **fields)


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """The current activity of the connector."""

    text: str | None


class Returned(msgspec.Struct, frozen=True, tag="returned"):
    """The method has returned."""

    method: str
    supposed: SupposedChanges | None = None
    """The changes that a dry run would have made."""


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """The method, or a listener, has raised an exception."""

    error: RemoteError
    method: str


ToProcess = Begin | Invoke | Answer
FromProcess = Ask | Log | Progress | Returned | Raised

UNFORESEEN = "INTEGRATION-CONNECTOR-500-001"
_CLASSES: dict[str, type[DescribedError]] = {
    kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DescribedError)
}


def encode_error(error: BaseException, conceal: Callable[[str], str] | None = None) -> RemoteError:
    """Convert an error for sending to another process; `conceal` masks the secrets that the connector knows."""
    conceal = conceal or str
    known = next((each.__name__ for each in type(error).__mro__ if each in _CLASSES.values()), "")
    definition = error.__dict__.get("definition")  # a class that inherits from one of ours may have none
    if known and type(definition) is ErrorMessage:
        text = _escaped(conceal(shown_text(error)).removeprefix(f"{definition.id} "))
        server = safe_text(error.__dict__.get("metadata_server", ""))
        return RemoteError(
            class_name=known, definition=msgspec.structs.replace(definition, text=text), metadata_server=server
        )
    shown = shown_error(error)
    is_exit = isinstance(error, ForeignExitError)
    text = _escaped(conceal(shown_text(shown.message if is_exit else named_text(error))))
    definition = ErrorMessage(id=UNFORESEEN, http_code=500, text=text, system_action="", user_action="")
    class_name = error.class_name if isinstance(error, ForeignExitError) else shown.class_name
    return RemoteError(class_name=class_name, definition=definition, stack=conceal(masked_text(shown.stack)))


def decode_error(received: RemoteError) -> Exception:
    """The exception for an error of the other process; a `ForeignError` for a foreign class."""
    kind = _CLASSES.get(received.class_name)
    if kind is None:
        error = ForeignError(received.class_name, received.definition.render({}))
        error.add_note(f"In the process of the connector:\n{received.stack}")
        return error
    if issubclass(kind, errors.MetadataServerUnavailableError):
        return kind(received.definition, metadata_server=received.metadata_server)
    return kind(received.definition)


def _escaped(text: str) -> str:
    """A text as a message template without inserts."""
    return text.replace("{", "{{").replace("}", "}}")


def framed(stream: trio.abc.Stream, incoming: Any) -> Frames:
    """Frames of messages over a stream. Secrets are sent unmasked to the connector's own process, which needs them."""
    return Frames(stream, incoming, enc_hook=_stored, dec_hook=_secret)


def _stored(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.stored_form()
    raise NotImplementedError


def _secret(kind: type[Any], value: Any) -> Any:
    if kind is Secret:
        return Secret(value)
    raise NotImplementedError
