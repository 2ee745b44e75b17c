"""Calling a connector's method: `async def` on the event loop, plain `def` on a worker thread."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import trio

from audit.foreign import raise_contained

AsyncCall = Callable[[], Awaitable[Any]]


def as_async_call(method: Callable[[], Any], limiter: trio.CapacityLimiter) -> AsyncCall:
    """Make an awaitable call of the method.

    A thread cannot be cancelled: if the call is cancelled, the thread is abandoned and keeps its slot in the limiter
    until it returns.
    """
    if inspect.iscoroutinefunction(method):
        return method
    return partial(trio.to_thread.run_sync, method, abandon_on_cancel=True, limiter=limiter)


async def contained(call: AsyncCall) -> Any:
    """Await a call; an exception that would end more than the connector is converted to an ordinary one."""
    try:
        return await call()
    except Exception:
        raise
    except BaseException as error:
        raise_contained(error)


def runs_on_a_thread(method: Callable[[], Any]) -> bool:
    """True if `as_async_call` runs this method on a worker thread."""
    return not inspect.iscoroutinefunction(method)
