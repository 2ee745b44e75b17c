"""Unusual exceptions and texts that a connector may raise or pass: the faults of the fault matrix."""

from collections.abc import Callable
from typing import NoReturn

import trio

from audit.message import AuditMessage
from audit.severity import Severity
from services.errors import ThirdPartyUnavailableError
from services.framework.context import IntegrationContext

NOT_UTF_8 = "landing/caf\udce9.csv"
"""A file name as Python has it that is not UTF-8."""


class EndsMoreError(BaseException):
    """An exception that does not inherit from `Exception`."""


class Unshowable:
    """An object that cannot be converted to text."""

    def __str__(self) -> str:
        raise SystemExit("no text")

    __repr__ = __str__


class UnshowableError(Exception):
    """An exception that cannot be converted to text."""

    def __str__(self) -> str:
        raise KeyboardInterrupt


class HalfMadeError(ThirdPartyUnavailableError):
    """A subclass of our error whose constructor does not call that of its base."""

    def __init__(self) -> None:
        pass


def raises_a_base_exception() -> None:
    raise EndsMoreError("broken")


def raises_generator_exit() -> None:
    raise GeneratorExit


def raises_keyboard_interrupt() -> None:
    raise KeyboardInterrupt


def raises_system_exit() -> None:
    raise SystemExit(3)


def raises_stop_iteration() -> None:
    raise StopIteration


def raises_a_group_of_all() -> None:
    inner = BaseExceptionGroup("inner", [GeneratorExit(), SystemExit(1)])
    raise BaseExceptionGroup(NOT_UTF_8, [KeyboardInterrupt(), ValueError("broken"), inner])


def raises_a_stale_cancellation() -> NoReturn:
    """Raise a `Cancelled` kept from an earlier cancellation, while nothing is cancelled."""
    raise trio.Cancelled._create(source="unknown")


def raises_what_cannot_be_shown() -> None:
    raise UnshowableError


def raises_a_half_made_error() -> None:
    raise HalfMadeError


def raises_text_that_is_not_utf_8() -> None:
    raise ValueError(NOT_UTF_8)


def raises_a_huge_text() -> None:
    raise KeyError("x" * 1_000_000)


RAISING: dict[str, Callable[[], None]] = {
    fault.__name__: fault
    for fault in (
        raises_a_base_exception,
        raises_generator_exit,
        raises_keyboard_interrupt,
        raises_system_exit,
        raises_stop_iteration,
        raises_a_group_of_all,
        raises_a_stale_cancellation,
        raises_what_cannot_be_shown,
        raises_a_half_made_error,
        raises_text_that_is_not_utf_8,
        raises_a_huge_text,
    )
}
THIRD_PARTY = {"raises_a_half_made_error"}
"""The faults whose class says that the third party is unavailable; all others are defects."""


def message(text: str = "about {what}", **fields: object) -> AuditMessage:
    """A message of a connector."""
    every = {"id": "CONNECTOR-0001", "severity": Severity.INFORMATION, "system_action": "-", "user_action": "-"}
    return AuditMessage(text=text, **{**every, **fields})  # type: ignore[arg-type]


PASSING: dict[str, Callable[[IntegrationContext], object]] = {
    "no message": lambda context: context.audit_log.record(None),  # type: ignore[arg-type]
    "a text for a message": lambda context: context.audit_log.record("hello"),  # type: ignore[arg-type]
    "a message without severity": lambda context: context.audit_log.record(message(severity="Error")),
    "a message without id": lambda context: context.audit_log.record(message(id=None)),
    "a message with a broken text": lambda context: context.audit_log.record(message("{")),
    "a message with a nameless insert": lambda context: context.audit_log.record(message("{}")),
    "a message that is not UTF-8": lambda context: context.audit_log.record(message(NOT_UTF_8)),
    "no error": lambda context: context.audit_log.exception(message(), "broken"),  # type: ignore[arg-type]
    "no component": lambda context: context.audit_log.child(None),  # type: ignore[arg-type]
    "no listener": lambda context: context.listen(5),  # type: ignore[arg-type]
    "no scope": lambda context: context.reconcile(5),  # type: ignore[arg-type]
}
"""Calls of the context that are errors of the connector."""

ODD_TEXTS: dict[str, Callable[[IntegrationContext], object]] = {
    "an object": lambda context: setattr(context, "progress", object()),
    "an unshowable object": lambda context: setattr(context, "progress", Unshowable()),
    "a text that is not UTF-8": lambda context: setattr(context, "progress", NOT_UTF_8),
    "a huge text": lambda context: setattr(context, "progress", "x" * 1_000_000),
    "a huge number": lambda context: setattr(context, "progress", 10**10_000),
    "odd inserts": lambda context: context.audit_log.record(message(), what=Unshowable()),
    "an insert that is not UTF-8": lambda context: context.audit_log.record(message(), what=NOT_UTF_8),
    "a huge insert": lambda context: context.audit_log.record(message(), what="x" * 1_000_000),
    "a huge number as an insert": lambda context: context.audit_log.record(message(), what=10**10_000),
    "an unshowable error": lambda context: context.audit_log.exception(message(), UnshowableError(), what="x"),
}
"""Calls of the context with texts that are shown as far as possible."""
