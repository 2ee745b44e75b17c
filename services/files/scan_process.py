"""A scan in its own process, because a thread with many `stat` calls would starve beside a busy event loop.

daemon ─▶ process   one ScanOrder, then the catalogued elements page by page, with an empty page at the end
process ─▶ daemon   any number of Steps, then ScanEnded
"""

import fcntl
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from subprocess import PIPE  # nosec B404 # it runs this interpreter with a module of ours
from typing import Any, BinaryIO

import msgspec
import trio

from services.errors import ThirdPartyUnavailableError
from services.files import messages
from services.files.scan import Step, scan
from services.framework.frames import Frames, read_frame, write_frame
from services.metadata.sorted_diff import SortedDiff

PIPE_SIZE = 1 << 20
"""Size in bytes: the maximum that Linux permits without privileges."""
ENDED_WITHIN = 5.0
"""Time limit, in seconds, for the end of the process after it has been killed."""


class ScanOrder(msgspec.Struct, frozen=True):
    """The order to scan a tree."""

    root: str
    after: str = ""
    by_content: bool = False


class ScanEnded(msgspec.Struct, frozen=True, tag="ended"):
    """The scan is complete or, if there is an error number, the root could not be read."""

    errno: int | None = None
    cause: str = ""


@asynccontextmanager
async def scanning(
    order: ScanOrder, page_after: Callable[[str], Awaitable[dict[str, str]]]
) -> AsyncIterator[Callable[[], Awaitable[Step | None]]]:
    """Scan in another process; yields a function that returns the next step, and `None` after the last.

    The function raises `OSError` if the root cannot be read, and `ThirdPartyUnavailableError` if the process ended
    before the scan.
    """
    command = [sys.executable, "-m", "services.files.scan_process"]
    process = await trio.lowlevel.open_process(command, stdin=PIPE, stdout=PIPE)
    assert process.stdio is not None
    _widen(process.stdin, process.stdout)
    frames = Frames(process.stdio, Step | ScanEnded)

    async def tell() -> None:
        try:
            await frames.send(order)
            after = order.after
            while page := await page_after(after):
                await frames.send(page)
                after = next(reversed(page))
            await frames.send({})
        except trio.BrokenResourceError:
            pass  # the process has ended, which `next_step` reports

    async def next_step() -> Step | None:
        try:
            message: Step | ScanEnded = await frames.receive()
        except EOFError:
            raise ThirdPartyUnavailableError(messages.SCAN_PROCESS_ENDED, directory=order.root) from None
        if isinstance(message, Step):
            return message
        if message.errno is not None:
            raise OSError(message.errno, message.cause)
        return None

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tell)
            yield next_step
            nursery.cancel_scope.cancel()
    finally:
        process.kill()
        with trio.CancelScope(shield=True, deadline=trio.current_time() + ENDED_WITHIN):
            await process.wait()
            await frames.aclose()


def _widen(*pipes: Any) -> None:
    """Enlarge the pipes beyond the default of 64 KB, because a busy event loop fills and empties them rarely."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        for pipe in pipes:
            with suppress(OSError):  # beyond a limit; the default size also works
                fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_SIZE)


def _scan_in_this_process(source: BinaryIO, target: BinaryIO) -> None:
    order: ScanOrder = read_frame(source, ScanOrder)
    comparison = SortedDiff(lambda _: read_frame(source, dict[str, str]))
    try:
        for step in scan(order.root, comparison, after=order.after, by_content=order.by_content):
            write_frame(target, step)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        write_frame(target, ScanEnded(error.errno, error.strerror or type(error).__name__))
    else:
        write_frame(target, ScanEnded())


if __name__ == "__main__":
    gc.set_threshold(50_000, 50, 1_000)  # puts are sent and dropped, and contain no cycles
    try:
        _scan_in_this_process(sys.stdin.buffer, sys.stdout.buffer)
    except (EOFError, BrokenPipeError):
        sys.stderr = None  # the caller has ended
