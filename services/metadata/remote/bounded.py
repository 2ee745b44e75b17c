"""Bounds on the responses of a metadata server, because any program may listen at its address."""

from collections.abc import AsyncIterator

import httpx2

from services.unfinished import end_unfinished

MOST_BYTES = 256 * 1024 * 1024
"""Maximum size of a response: far more than a page of elements for each of the calls in a request."""
HEADERS = {"Accept-Encoding": "identity"}
"""A small compressed response could decompress to any size."""


class _BoundedStream(httpx2.AsyncByteStream):
    """The body of a response, which raises an error if it is too large."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received, parts = 0, aiter(self._stream)
        async for part in parts:
            received += len(part)
            if received > MOST_BYTES:
                await end_unfinished(parts)
                raise _too_large()
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


async def bound(response: httpx2.Response) -> None:
    """Bound a response whose body has not been read yet; raises `DecodingError` if it is compressed or too large.

    A body with a declared length is never longer (RFC 9112, 6.3).
    """
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.lower() not in ("", "identity"):
        raise httpx2.DecodingError(f"its answer is compressed ({encoding[:20]}), which was not asked for")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and "Transfer-Encoding" not in response.headers:
        if int(length) > MOST_BYTES:
            raise _too_large()
        return
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _BoundedStream(response.stream)


def _too_large() -> httpx2.DecodingError:
    return httpx2.DecodingError(f"its answer is larger than {MOST_BYTES} bytes")
