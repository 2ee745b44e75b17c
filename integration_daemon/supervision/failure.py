"""What a failure is: decided here, once, from the exception."""

from collections.abc import Callable, Iterator
from enum import Enum

import msgspec
import trio

from audit.errors import DescribedError, exception_class_name
from audit.masking import masked_text
from integration_daemon.supervision.messages import METHOD_TIMED_OUT
from services.errors import (
    ConnectorConfigurationError,
    MetadataServerUnavailableError,
    ThirdPartyUnavailableError,
    UserNotAuthorizedError,
)


class FailureKind(Enum):
    """Why a connector failed, told apart by what would put it right."""

    CONFIGURATION = "CONFIGURATION"
    """Wrong class, bad setting, missing directory: change the configuration or what it names."""
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


class MethodTimedOutError(DescribedError):
    """A method of a connector did not finish within its deadline and was cancelled."""

    def __init__(self, connector: str, method: str, seconds: float) -> None:
        super().__init__(METHOD_TIMED_OUT, connector=connector, method=method, seconds=f"{seconds:g}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.parameters["connector"], self.parameters["method"], self.parameters["seconds"])


class Failure(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The last failure of a connector, as its status shows it."""

    kind: FailureKind
    method: str
    """Which method of the connector interface it came from."""
    exception_class: str
    message: str
    system_action: str = ""
    user_action: str = ""
    metadata_server: str = ""
    """Which metadata server is unavailable, when that is the kind."""


_KINDS: tuple[tuple[tuple[type[BaseException], ...], FailureKind], ...] = (
    ((MetadataServerUnavailableError,), FailureKind.METADATA_SERVER_UNAVAILABLE),
    ((ConnectorConfigurationError,), FailureKind.CONFIGURATION),
    ((UserNotAuthorizedError,), FailureKind.AUTHORIZATION),
    ((ThirdPartyUnavailableError, ConnectionError), FailureKind.THIRD_PARTY_UNAVAILABLE),
    ((MethodTimedOutError, TimeoutError, trio.TooSlowError), FailureKind.TIMEOUT),
)


def failure_from(error: BaseException, method: str, conceal: Callable[[str], str] | None = None) -> Failure:
    """Describe an exception that left a method. Of a group, the member that explains most is shown.

    The message is without secrets, so far as its form gives them away, or `conceal` finds them.
    """
    shown = most_telling(error)
    kind = _kind_of(shown)
    definition = shown.definition if isinstance(shown, DescribedError) else None
    message = masked_text(str(shown)) or type(shown).__name__
    return Failure(
        kind=kind,
        method=method,
        exception_class=exception_class_name(shown),
        message=message if conceal is None else conceal(message),
        system_action=definition.system_action if definition else "",
        user_action=definition.user_action if definition else "",
        metadata_server=shown.metadata_server if isinstance(shown, MetadataServerUnavailableError) else "",
    )


def most_telling(error: BaseException) -> BaseException:
    """The exception itself; of a group, as a nursery raises it, the member that explains most."""
    return min(_leaves(error), key=lambda leaf: list(FailureKind).index(_kind_of(leaf)))


def _kind_of(error: BaseException) -> FailureKind:
    for classes, kind in _KINDS:
        if isinstance(error, classes):
            return kind
    return FailureKind.DEFECT


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _leaves(member)
    else:
        yield error
