"""How a connector's method is called: `async def` on the event loop, plain `def` on a worker thread."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import trio

from audit.foreign import raise_contained

AsyncCall = Callable[[], Awaitable[Any]]


def as_async_call(method: Callable[[], Any], limiter: trio.CapacityLimiter) -> AsyncCall:
    """The method as something to await.

    A thread cannot be cancelled: when the call is, the thread is left behind and keeps its place in the
    limiter until it returns.
    """
    if inspect.iscoroutinefunction(method):
        return method
    return partial(trio.to_thread.run_sync, method, abandon_on_cancel=True, limiter=limiter)


async def contained(call: AsyncCall) -> Any:
    """Await a call; what the connector raises to end more than itself becomes an exception like any other."""
    try:
        return await call()
    except Exception:
        raise
    except BaseException as error:
        raise_contained(error)


def runs_on_a_thread(method: Callable[[], Any]) -> bool:
    """Whether `as_async_call` puts this method on a worker thread."""
    return not inspect.iscoroutinefunction(method)
