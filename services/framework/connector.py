"""The connector interface, on one page.

    initialize   prepare everything that does not need the third party     once per (re)start
    start        check the configuration, connect, `context.listen`        once per (re)start
    refresh      compare both sides, and apply the differences             on schedule and on request
    engage       listen or block without a time limit                      in a task of its own, if the
                                                                           document says usesBlockingCalls
    disconnect   close everything                                          once per stop, always, with a deadline
    probe        connect, and return a summary of the readable objects     alone, for `check --connect`; there is
                                                                           no catalogue, and nothing stays open
    read_settings    read and check the settings, without connecting       alone, for `check`; never `async`

Only `refresh` is required; the daemon detects the others. An `async def` runs on the event loop and must not block it;
a plain `def` runs on a worker thread. One method of a connector runs at a time, except `engage`. An exception in a
method affects only this connector.

The daemon guarantees: `context` and `connection` are set before `initialize`; `disconnect` is called once for every
call of `initialize`, even if a later step failed or was cancelled; after `disconnect`, the context is closed and
refuses all requests, such as those of a forgotten thread.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from audit.foreign import named_text
from audit.safe_text import is_a, safe_text
from services.framework.connection import Connection
from services.framework.context import IntegrationContext
from services.framework.exchange import Exchange

ContextT = TypeVar("ContextT", bound=IntegrationContext)


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration property of a connector."""

    name: str
    description: str
    default: Any = None


class ConnectorProvider(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a connector class, available without creating a connector."""

    description: str
    """The purpose, in one line: a sentence of at most 52 characters fits a terminal."""
    class_names: tuple[str, ...] = ()
    """Other names of the connector in documents: the Java provider classes that it replaces."""
    endpoint: str = ""
    """The meaning of the endpoint's address."""
    endpoint_is_path: bool = False
    """True if the address is a path of a file or directory, which may be relative to the daemon's working directory."""
    settings: tuple[Setting, ...] = ()
    hands_over: bool = False
    """True if refresh passes work to a listener or to `engage`; a dry run, which covers only refresh, is refused."""
    supposes_sending: bool = False
    """True if a refresh calls `context.supposes_to_send` before each change of the third party, so that a dry run is
    possible in every direction."""
    exchange: Exchange | None = None
    """The metadata that it reads and writes, and the rights that it needs; `None` if it does not declare them."""


class IntegrationConnector(Generic[ContextT]):
    """The base of every connector; inherit from the connector class of an integration service instead."""

    provider: ClassVar[ConnectorProvider]
    names_refused_elements: ClassVar[bool] = False
    """True if the connector logs the elements that open metadata refuses; otherwise, the daemon does."""

    context: ContextT
    connection: Connection
    connector_name: str

    def refresh(self) -> Awaitable[None] | None:
        """Compare the third party with open metadata and apply the differences."""
        raise NotImplementedError(f"{type(self).__qualname__} has no refresh method")


def connector_class_problem(found: object) -> str:
    """The reason why an object is not a usable connector class; empty if it is. Never raises."""
    if not is_a(found, type):
        return f"it is {safe_text(found, 200)}, not a class"
    if not issubclass(found, IntegrationConnector):  # type: ignore[arg-type]
        return "it does not inherit from IntegrationConnector"
    return provider_problem(found)  # type: ignore[arg-type]


def provider_problem(connector_class: type) -> str:
    """The reason why the `provider` of a class is unusable; empty if it is usable. Never raises."""
    try:
        provider = getattr(connector_class, "provider", None)
        if not isinstance(provider, ConnectorProvider):
            return "its attribute provider is not a ConnectorProvider"
        msgspec.json.decode(msgspec.json.encode(provider, enc_hook=safe_text), type=ConnectorProvider)
    except BaseException as error:  # attributes of a foreign class may raise anything
        return f"its provider cannot be shown: {named_text(error)}"
    return ""


def optional_method(connector: object, name: str) -> Callable[[], Any] | None:
    """An optional method of a connector: initialize, start, engage, disconnect or probe; `None` if it is absent."""
    method = getattr(connector, name, None)
    return method if callable(method) else None
