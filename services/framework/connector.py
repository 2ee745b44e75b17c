"""The connector interface, on one page.

    initialize   build what cannot fail for want of a third party         once per (re)start
    start        check the configuration, connect, `context.listen`        once per (re)start
    refresh      compare both sides and make good any difference          on schedule and on request
    engage       listen or block for as long as it likes                  in a task of its own, when the
                                                                          document says usesBlockingCalls
    disconnect   let go of everything                                     once per stop, always, with a deadline
    probe        connect, and return what can be seen, in a few words      alone, for `check --connect`; it has
                                                                          no catalogue, and leaves nothing open
    read_settings    read and check the settings, without connecting       alone, for `check`; never `async`

Only `refresh` is required; the daemon looks for the others. An `async def` runs on the event loop and must not
block it; a plain `def` runs on a worker thread. One method of a connector runs at a time, `engage` aside.
Whatever a method raises fails this connector and no other.

What the daemon promises: `context` and `connection` are set before `initialize`; `disconnect` is called once for
every `initialize` that was, even if a later step failed or was cancelled; after `disconnect` the context is closed
and refuses what a forgotten thread may still send.
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
    """A configuration property that a connector understands."""

    name: str
    description: str
    default: Any = None


class ConnectorProvider(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a connector class, available without making a connector."""

    description: str
    """What it does, in one line: a sentence of at most 52 characters fits a terminal."""
    class_names: tuple[str, ...] = ()
    """Other names of the connector in documents: the Java provider classes that it replaces."""
    endpoint: str = ""
    """The meaning of the endpoint's address."""
    endpoint_is_path: bool = False
    """The address is the path of a file or directory, and may be relative to the daemon's working directory."""
    settings: tuple[Setting, ...] = ()
    hands_over: bool = False
    """Its refresh hands work to a listener or to `engage`; so a dry run, which is of the refresh, is not possible."""
    supposes_sending: bool = False
    """Its refresh calls `context.supposes_to_send` before each change of the third party; so a dry run is possible in
    every direction."""
    exchange: Exchange | None = None
    """What it reads and writes, and the rights that it needs; none: it does not tell."""


class IntegrationConnector(Generic[ContextT]):
    """The base of every connector; inherit from the connector class of an integration service instead."""

    provider: ClassVar[ConnectorProvider]
    names_refused_elements: ClassVar[bool] = False
    """True if the connector logs the elements that open metadata refuses; else the daemon does."""

    context: ContextT
    connection: Connection
    connector_name: str

    def refresh(self) -> Awaitable[None] | None:
        """Compare the third party with open metadata and apply the differences."""
        raise NotImplementedError(f"{type(self).__qualname__} has no refresh method")


def connector_class_problem(found: object) -> str:
    """Why an object is no class that the daemon can make connectors of; empty if it is one. Never raises."""
    if not is_a(found, type):
        return f"it is {safe_text(found, 200)}, not a class"
    if not issubclass(found, IntegrationConnector):  # type: ignore[arg-type]
        return "it does not inherit from IntegrationConnector"
    return provider_problem(found)  # type: ignore[arg-type]


def provider_problem(connector_class: type) -> str:
    """Why the `provider` of a class is none; empty if it is one. Never raises."""
    try:
        provider = getattr(connector_class, "provider", None)
        if not isinstance(provider, ConnectorProvider):
            return "its attribute provider is not a ConnectorProvider"
        msgspec.json.decode(msgspec.json.encode(provider, enc_hook=safe_text), type=ConnectorProvider)
    except BaseException as error:  # attributes of a foreign class may raise anything
        return f"its provider cannot be shown: {named_text(error)}"
    return ""


def optional_method(connector: object, name: str) -> Callable[[], Any] | None:
    """One of the methods that a connector need not have: initialize, start, engage, disconnect or probe."""
    method = getattr(connector, name, None)
    return method if callable(method) else None
