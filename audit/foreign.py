"""Values from foreign code: text that is safe to store and to show, and exceptions that are contained.

Connectors, audit log destinations and other code of packages may raise any exception and pass any object.
"""

import traceback
from collections import deque
from collections.abc import Iterator
from itertools import islice
from math import inf
from typing import NoReturn

import msgspec
import trio

from audit.errors import exception_class_name
from audit.safe_text import class_name_of_object, is_a, safe_text

LONGEST_STACK_LINES = 400
"""Lines kept of a traceback: the last ones, which are nearest to the error."""
MOST_MEMBERS = 1_000
"""Members of an exception group that are examined."""


class ForeignExitError(Exception):
    """Replaces an exception that would end more than the code that raised it, such as `SystemExit`."""

    def __init__(self, error: BaseException) -> None:
        self.class_name = qualified_name(error)
        super().__init__(f"{named_text(error)} (raised to end more than the connector)")


class ShownError(msgspec.Struct, frozen=True):
    """An exception as text. It holds no object of the code that raised it."""

    class_name: str
    message: str
    stack: str


def named_text(error: BaseException) -> str:
    """The class and the text of an exception, as in the last line of a traceback: `KeyError: 'nope'`."""
    text = safe_text(error)
    return safe_text(f"{class_name_of_object(error)}: {text}") if text else class_name_of_object(error)


def shown_error(error: BaseException) -> ShownError:
    """Render an exception: its class, its text and its stack. Never raises."""
    return ShownError(qualified_name(error), safe_text(error), _stack(error))


def contained_error(error: BaseException) -> Exception | None:
    """Convert an exception from foreign code to one that only fails its caller; `None` for our own cancellation.

    A `KeyboardInterrupt` never comes from a user here: the interrupt of a user is received as a signal.
    `trio.Cancelled` is our own only while this task is being cancelled.
    """
    if is_a(error, Exception):
        return error  # type: ignore[return-value]
    is_cancelled = trio.lowlevel.in_trio_task() and trio.current_effective_deadline() == -inf
    if is_cancelled and any(is_a(leaf, trio.Cancelled) for leaf in leaves(error)):
        return None
    if is_a(error, BaseExceptionGroup):
        return ExceptionGroup("several exceptions", [_exit_contained(leaf) for leaf in leaves(error)])
    return _exit_contained(error)


def raise_contained(error: BaseException) -> NoReturn:
    """Raise `contained_error(error)`, or the error itself if it is our own cancellation."""
    contained = contained_error(error)
    if contained is None or contained is error:
        raise error
    raise contained from error


def _exit_contained(error: BaseException) -> Exception:
    if is_a(error, Exception):
        return error  # type: ignore[return-value]
    contained = ForeignExitError(error)
    contained.__cause__ = error
    return contained


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The exception itself, or all exceptions in a group at any depth."""
    return islice(_leaves(error), MOST_MEMBERS)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    left = deque([error])
    while left:
        each = left.popleft()
        if is_a(each, BaseExceptionGroup):
            left.extend(BaseExceptionGroup.exceptions.__get__(each))  # a subclass may have another property
        else:
            yield each


def qualified_name(error: BaseException) -> str:
    """The class name of an exception, as in `exception_class_name`. Never raises."""
    try:
        return safe_text(exception_class_name(error), 200)
    except BaseException:
        return class_name_of_object(error)


def _stack(error: BaseException) -> str:
    try:
        shown = traceback.TracebackException.from_exception(error, compact=True)
        lines = deque((safe_text(line) for line in shown.format()), maxlen=LONGEST_STACK_LINES)
    except BaseException as problem:  # attributes of a foreign exception may be anything
        return f"<traceback that cannot be shown: {class_name_of_object(problem)}>"
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)
