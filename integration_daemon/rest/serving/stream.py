"""The stream of a client for hypercorn: sending has a deadline, and always ends when the stream is closed."""

from typing import Any

import trio

PIECE = 64 * 1024
"""The number of bytes that are sent under one deadline."""
SEND_PATIENCE = 10.0
"""The time limit for sending one piece in seconds."""

ByteStream = trio.SocketStream | trio.SSLStream[trio.SocketStream]


class ClientStream:
    """Wraps a stream, and passes other attributes through.

    hypercorn shields its sends from cancellation, and sends the end of a stream concurrently without its lock. Here,
    only one of them is sent at a time, and each has a deadline.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._socket = (stream.transport_stream if isinstance(stream, trio.SSLStream) else stream).socket
        self._sending = trio.Lock()
        self.is_broken = False
        """True once sending has failed: no data can reach the client any more."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def send_all(self, data: bytes) -> None:
        """Send all data; closes and raises `BrokenResourceError` if the client does not read it in time."""
        async with self._sending:
            try:
                with memoryview(data) as view:
                    for start in range(0, len(view), PIECE):
                        await self._send_piece(view[start : start + PIECE])
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self.is_broken = True
                raise

    async def _send_piece(self, piece: memoryview) -> None:
        with trio.move_on_after(SEND_PATIENCE) as patience:
            await self._stream.send_all(piece)
        if patience.cancelled_caught:
            self.close_now()
            raise trio.BrokenResourceError("the client does not read")

    async def send_eof(self) -> None:
        """Send the end of the stream after data being sent; a TLS stream has no such end."""
        if isinstance(self._stream, trio.SSLStream):
            return
        async with self._sending:
            await self._stream.send_eof()

    async def aclose(self) -> None:
        """Close at once; tasks that are sending or receiving get `ClosedResourceError`."""
        self.close_now()
        await trio.lowlevel.checkpoint()

    def close_now(self) -> None:
        """Close the socket."""
        self._socket.close()
