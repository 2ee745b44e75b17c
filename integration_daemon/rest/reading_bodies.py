"""Reads the bodies of requests, which may be compressed on some routes.

A small body can unpack to any size, so the unpacked size is limited, and only a few unpacked bodies are in memory at
the same time.
"""

import zlib
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from types import FunctionType
from typing import Any

import trio
from quart import request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from integration_daemon.config.limits import Limits
from integration_daemon.rest import messages
from integration_daemon.rest.body import not_understood, read_body
from integration_daemon.rest.json_nesting import is_nested_deeper
from integration_daemon.rest.refusals import LONGEST_WAIT_FOR_A_BODY
from integration_daemon.rest.route import Route
from integration_daemon.rest.serving.connection_slot import SLOT, ConnectionSlot
from integration_daemon.security.permissions import Permission
from services.errors import InvalidParameterError

UNPACKED_AT_ONCE = 2
"""The largest number of unpacked bodies in memory at the same time."""
MOST_PARTS = 100
"""The largest number of gzip members in a body; clients send one."""
LARGEST_UNAUTHENTICATED_BODY = 16 * 1024
"""The largest size, in bytes, of the body of a request that needs no authentication."""
LARGE = 100_000
"""The size in bytes from which a body is decoded on a worker thread, if a Python function decodes it, such as that for
documents, which takes a quarter of a second for a million bytes."""
_GZIP = 16 + zlib.MAX_WBITS


class Bodies:
    """The bodies of the requests to one platform."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._unpacking = trio.Semaphore(UNPACKED_AT_ONCE)

    @asynccontextmanager
    async def read(self, route: Route) -> AsyncIterator[Any]:
        """The decoded body of the current request, until its operation has ended; `None` without a body.

        Raises `InvalidParameterError`, or `HTTPException` for a body that is too large or does not arrive.
        """
        if route.body is None:
            yield None
            return
        encoding = request.headers.get("Content-Encoding", "identity").lower()
        is_packed = encoding == "gzip" and route.accepts_gzip
        if encoding not in ("", "identity") and not is_packed:
            raise InvalidParameterError(messages.BODY_ENCODED, encoding=encoding[:60])
        content = await _content(route)
        if not is_packed:
            yield await self._decoded(route, content)
            return
        async with self._unpacking:
            yield await self._decoded(route, await self._unpacked(content))

    async def _decoded(self, route: Route, content: bytes) -> Any:
        if not content.strip():
            if route.body_required:
                raise InvalidParameterError(messages.BODY_MISSING, method=route.name)
            return None
        if is_nested_deeper(content, self._limits.json_nesting):
            raise not_understood("$", f"the content is nested more than {self._limits.json_nesting} deep")
        if len(content) > LARGE and isinstance(route.body, FunctionType):
            return await trio.to_thread.run_sync(read_body, route, content)
        return read_body(route, content)

    async def _unpacked(self, content: bytes) -> bytes:
        try:
            found = await trio.to_thread.run_sync(_unpacked, content, self._limits.body_bytes, abandon_on_cancel=True)
        except zlib.error as error:
            raise not_understood("$", f"it is not gzip: {error}") from None
        if found is None:
            raise RequestEntityTooLarge
        return found


async def _content(route: Route) -> bytes:
    """The bytes of the body. Of an unauthenticated request, at most `LARGEST_UNAUTHENTICATED_BODY` are read."""
    if route.permission is not Permission.PUBLIC:
        return bytes(await request.data)
    content, announced = b"", request.content_length or 0
    with trio.move_on_after(LONGEST_WAIT_FOR_A_BODY) as waiting, _reclaimable():
        if announced <= LARGEST_UNAUTHENTICATED_BODY:
            async for piece in request.body:
                content += piece
                if len(content) > LARGEST_UNAUTHENTICATED_BODY:
                    break
    if waiting.cancelled_caught:
        raise RequestTimeout
    if max(announced, len(content)) > LARGEST_UNAUTHENTICATED_BODY:
        raise InvalidParameterError(messages.BODY_TOO_LARGE, most=LARGEST_UNAUTHENTICATED_BODY)
    return content


def _reclaimable() -> AbstractContextManager[None]:
    """Let the connection of an unauthenticated client be closed until the end of the block if its slot is needed."""
    slot: ConnectionSlot | None = request.scope.get("state", {}).get(SLOT)
    return nullcontext() if slot is None else slot.reclaimable()


def _unpacked(content: bytes, most: int) -> bytes | None:
    """The content of gzip, which consists of one or more members; `None` if it is too large."""
    parts: list[bytes] = []
    left = most
    while content:
        if len(parts) == MOST_PARTS:  # each member costs a copy of all following ones
            raise zlib.error(f"it consists of more than {MOST_PARTS} parts")
        stream = zlib.decompressobj(_GZIP)
        part = stream.decompress(content, left + 1)
        if len(part) > left:
            return None
        if not stream.eof:
            raise zlib.error("it is cut off")
        parts.append(part)
        left -= len(part)
        content = stream.unused_data
    return b"".join(parts)
