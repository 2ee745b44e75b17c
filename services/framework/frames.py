"""Messages between processes: JSON frames, each preceded by its length, over a pair of pipes or sockets.

One side is a task on the event loop; the other is a task as well, or a program that does nothing else and blocks.
"""

import struct
from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec
import trio

MOST_BYTES = 256 << 20
"""Maximum size of a message in bytes; a larger one is an error of its sender."""
_LENGTH = struct.Struct("!I")
_RECEIVED_AT_ONCE = 262_144


class Frames:
    """Messages over a stream; one sender at a time."""

    def __init__(
        self,
        stream: trio.abc.Stream,
        incoming: Any,
        *,
        enc_hook: Callable[[Any], Any] | None = None,
        dec_hook: Callable[[type[Any], Any], Any] | None = None,
    ) -> None:
        self._stream = stream
        self._decoder = msgspec.json.Decoder(incoming, dec_hook=dec_hook)
        self._encoder = msgspec.json.Encoder(enc_hook=enc_hook)
        self._buffer = bytearray()
        self._sending = trio.Lock()

    async def send(self, message: object) -> None:
        """Send a message; raises `trio.BrokenResourceError` if the other side has ended.

        Raises `ValueError` for a message that is too large.
        """
        content = self._encoder.encode(message)
        if len(content) > MOST_BYTES:
            raise ValueError(f"a message of {len(content)} bytes is too large; send smaller batches")
        async with self._sending:
            await self._stream.send_all(_LENGTH.pack(len(content)) + content)

    async def receive(self) -> Any:
        """The next message; raises `EOFError` if the other side has ended."""
        length = _LENGTH.unpack(await self._take(_LENGTH.size))[0]
        if length > MOST_BYTES:
            raise ValueError(f"a message of {length} bytes is too large")
        return self._decoder.decode(await self._take(length))

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    async def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            try:
                chunk = await self._stream.receive_some(_RECEIVED_AT_ONCE)
            except trio.BrokenResourceError:
                chunk = b""
            if not chunk:
                raise EOFError
            self._buffer += chunk
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def write_frame(file: BinaryIO, message: object) -> None:
    """Write a message. Blocks; raises `BrokenPipeError` if the other side has ended."""
    content = msgspec.json.encode(message)
    file.write(_LENGTH.pack(len(content)) + content)
    file.flush()


def read_frame(file: BinaryIO, incoming: Any) -> Any:
    """Read the next message. Blocks; raises `EOFError` if the other side has ended."""
    header = file.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    length = _LENGTH.unpack(header)[0]
    content = file.read(length)
    if len(content) < length:
        raise EOFError
    return msgspec.json.decode(content, type=incoming)
