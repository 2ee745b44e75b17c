"""Classification of failures by their exceptions."""

from collections.abc import Callable
from enum import Enum

import msgspec
import trio

from audit.errors import DescribedError
from audit.foreign import ForeignExitError, leaves, named_text, qualified_name
from audit.masking import shown_text
from audit.message import MessageDefinition
from audit.safe_text import is_a, safe_text
from integration_daemon.supervision.recovery.messages import METHOD_TIMED_OUT
from services.errors import (
    ConnectorConfigurationError,
    MetadataServerNotUnderstoodError,
    MetadataServerUnavailableError,
    ThirdPartyUnavailableError,
    UserNotAuthorizedError,
)


class FailureKind(Enum):
    """The kind of a failure, which determines its remedy."""

    CONFIGURATION = "CONFIGURATION"
    """Wrong class, bad setting, missing directory: correct the configuration, or the resource that it names."""
    AUTHORIZATION = "AUTHORIZATION"
    """Grant the access."""
    METADATA_SERVER_UNAVAILABLE = "METADATA_SERVER_UNAVAILABLE"
    """Bring the metadata server back."""
    THIRD_PARTY_UNAVAILABLE = "THIRD_PARTY_UNAVAILABLE"
    """Bring the third-party technology back."""
    TIMEOUT = "TIMEOUT"
    """A method did not finish within its deadline."""
    DEFECT = "DEFECT"
    """Any other exception: correct the connector."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.number = 4 * (1 + len(type(self).__members__))
        """The part of the kind in the numbers of statuses in `StatusColumns`, as if each were a state."""


class MethodTimedOutError(DescribedError):
    """A method of a connector did not finish within its deadline and was cancelled."""

    def __init__(self, connector: str, method: str, seconds: float) -> None:
        super().__init__(METHOD_TIMED_OUT, connector=connector, method=method, seconds=f"{seconds:g}")


class ForeignError(Exception):
    """An exception whose class exists only in the connector's process."""

    def __init__(self, class_name: str, text: str) -> None:
        super().__init__(text)
        self.class_name = class_name


class Failure(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The last failure of a connector, as its status shows it."""

    kind: FailureKind
    method: str
    """The method of the connector interface that failed."""
    exception_class: str
    message: str
    system_action: str = ""
    user_action: str = ""
    metadata_server: str = ""
    """The metadata server that is unavailable, for a failure of that kind."""


_KINDS: tuple[tuple[tuple[type[BaseException], ...], FailureKind], ...] = (
    ((MetadataServerUnavailableError,), FailureKind.METADATA_SERVER_UNAVAILABLE),
    ((ConnectorConfigurationError, MetadataServerNotUnderstoodError), FailureKind.CONFIGURATION),
    ((UserNotAuthorizedError,), FailureKind.AUTHORIZATION),
    ((ThirdPartyUnavailableError, ConnectionError), FailureKind.THIRD_PARTY_UNAVAILABLE),
    ((MethodTimedOutError, TimeoutError, trio.TooSlowError), FailureKind.TIMEOUT),
)


def failure_from(
    error: BaseException, method: str, conceal: Callable[[str], str] | None = None, *, connector: str = ""
) -> Failure:
    """Describe an exception that left a method; never raises. Of a group, the most specific member is described.

    The message masks secrets that are recognised by their form or found by `conceal`. For a named connector, whose
    failures are in the audit log, the user action tells how to find the traceback.
    """
    shown = most_telling(error)
    kind = _kind_of(shown)
    definition = definition_of(shown)
    where = f"its traceback: integration-daemon audit-log --connector '{connector}' --json" if connector else ""
    message = message_of(shown)
    return Failure(
        kind=kind,
        method=method,
        exception_class=class_name_of(shown),
        message=message if conceal is None else conceal(message),
        system_action=safe_text(definition.system_action) if definition else "",
        user_action=safe_text(definition.user_action) if definition else where,
        metadata_server=safe_text(_attribute(shown, "metadata_server")) if kind is _UNAVAILABLE else "",
    )


def message_of(error: BaseException) -> str:
    """The text of an exception for a status; foreign exceptions are preceded by their class."""
    explains_itself = isinstance(error, _NAMED) or definition_of(error) is not None
    return shown_text(error) if explains_itself else shown_text(named_text(error))


def class_name_of(error: BaseException) -> str:
    """The class name of an exception; of an exception from a connector's process, the name of its class there."""
    return safe_text(error.class_name) if isinstance(error, _NAMED) else qualified_name(error)


def definition_of(error: BaseException) -> MessageDefinition | None:
    """The message definition of a `DescribedError`; a foreign subclass may have none."""
    definition = _attribute(error, "definition") if is_a(error, DescribedError) else None
    return definition if isinstance(definition, MessageDefinition) else None


def most_telling(error: BaseException) -> BaseException:
    """The exception itself; of a group, as a nursery raises it, the most specific member."""
    order = list(FailureKind)
    return min(leaves(error), key=lambda leaf: order.index(_kind_of(leaf)))


def _kind_of(error: BaseException) -> FailureKind:
    for classes, kind in _KINDS:
        if any(is_a(error, each) for each in classes):
            return kind
    return FailureKind.DEFECT


def _attribute(error: BaseException, name: str) -> object:
    """An instance attribute of an exception, bypassing the attribute access of its class."""
    return object.__getattribute__(error, "__dict__").get(name, "")


_NAMED = (ForeignError, ForeignExitError)
"""Substitutes for exceptions of other classes, which their texts name."""
_UNAVAILABLE = FailureKind.METADATA_SERVER_UNAVAILABLE
