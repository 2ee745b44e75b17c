"""Requests on a connection: sent correctly, or in one of the wrong ways that a server must tolerate."""

import gzip
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.faults.request_mutations import Request

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
PING = b"\x00\x00\x08\x06\x00\x00\x00\x00\x00" + b"12345678"
WEBSOCKET = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
)
H2C = b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAA\r\n"


class Exchange(NamedTuple):
    """The bytes sent over one connection, in pieces, and the expected answers."""

    how: str
    pieces: Sequence[bytes]
    methods: tuple[str, ...]
    """Of the requests, in order."""
    answered: bool = False
    """Each request must have its answer; else there may be none, as what is sent is no good."""
    half_closed: bool = False
    """The client says that it sends no more, and reads on."""
    reads: bool = True
    resets: bool = False
    may_refuse_version: bool = False
    """505 and 501 are right answers: it is another version, or another coding, of HTTP."""


def head(request: Request, *lines: bytes, version: str = "HTTP/1.1") -> bytes:
    """The request line and the headers up to the blank line; a Host header is added unless the request has one."""
    named = [] if any(name == "Host" for name, _ in request.headers) else [("Host", "127.0.0.1")]
    headers = [f"{name}: {value}\r\n".encode("latin-1", "replace") for name, value in (*named, *request.headers)]
    first = f"{request.method} {request.target} {version}\r\n".encode("utf-8", "replace")
    return first + b"".join(headers) + b"".join(lines) + b"\r\n"


def _length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n" % len(body) if body else b""


def _whole(request: Request, *lines: bytes) -> bytes:
    return head(request, *lines, _length(request.body)) + request.body


def _well(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    return Exchange("well", [_whole(request, b"Connection: close\r\n")], (request.method,), answered=True)


def _kept(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    return Exchange("kept open", [_whole(request)], (request.method,), answered=True)


def _in_pieces(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    text = _whole(request, b"Connection: close\r\n")
    cuts = sorted(chance.randrange(len(text)) for _ in range(3))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    return Exchange("in pieces", [piece for piece in pieces if piece], (request.method,), answered=True)


def _pipelined(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    requests = [request, *more]
    return Exchange("pipelined", [b"".join(map(_whole, requests))], tuple(each.method for each in requests))


def _half_closed(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    return Exchange("half closed", [_whole(request)], (request.method,), half_closed=True)


def _chunked(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    chunk = b"%x;a=b\r\n%s\r\n" % (len(request.body), request.body) if request.body else b""
    text = head(request, b"Transfer-Encoding: chunked\r\nConnection: close\r\n") + chunk + b"0\r\n\r\n"
    return Exchange("chunked", [text], (request.method,), answered=True)


def _badly_chunked(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    bad = (
        b"zz\r\n\r\n", b"-1\r\n\r\n", b"5\r\nab\r\n0\r\n\r\n", b"2\r\nabcd\r\n", b"ffffffffffffffff\r\na", b"1\r\na",
        b"\r\n", b"0\r\nX: \x00\r\n\r\n", b"1;" + b"x" * 70_000, b"2\nab\n0\n\n",
    )  # fmt: skip
    text = head(request, b"Transfer-Encoding: chunked\r\n") + chance.choice(bad)
    return Exchange("badly chunked", [text], (request.method,), half_closed=chance.random() < 0.3)


def _compressed(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    body = gzip.compress(request.body or b"{}")
    lines = (b"Content-Encoding: gzip\r\nConnection: close\r\n", _length(body))
    return Exchange("compressed", [head(request, *lines) + body], (request.method,), answered=True)


def _truncated(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    text = head(request, b"Content-Length: %d\r\n" % (len(request.body) + chance.choice((1, 10**6)))) + request.body
    text = text[: chance.randrange(1, len(text) + 1)] if chance.random() < 0.5 else text
    return Exchange("truncated", [text], (request.method,), half_closed=chance.random() < 0.5)


def _of_two_lengths(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    lines = (
        b"Content-Length: 3\r\nContent-Length: 4\r\n", b"Content-Length: -1\r\n", b"Content-Length: x\r\n",
        b"Content-Length: 99999999999999999999\r\n", b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Content-Length: 70000000\r\n",
        b"Content-Length: 3, 3\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    )  # fmt: skip
    text = head(request, chance.choice(lines)) + b"3\r\nabc\r\n0\r\n\r\n"
    return Exchange("of two lengths", [text], (request.method,), may_refuse_version=True)


def _upgraded(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    after = chance.choice(
        (b"", SETTINGS + PING, b"\x81\x85\x00\x00\x00\x00hello", b"\x88\x80\x00\x00\x00\x00", b"\xff" * 50)
    )
    text = head(request, chance.choice((WEBSOCKET, H2C, b"Upgrade: \r\n", b"Upgrade: TLS/1.0, HTTP/2.0\r\n")))
    return Exchange(
        "upgraded", [text, PREFACE * (chance.random() < 0.3) + after], (request.method,), may_refuse_version=True
    )


def _preface(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    frames = chance.choice((b"", SETTINGS, SETTINGS + PING * 20, b"\xff" * 40))
    return Exchange("of HTTP/2", [PREFACE + frames], (request.method,), may_refuse_version=True)


def _of_another_version(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    version = chance.choice(("HTTP/1.0", "HTTP/0.9", "HTTP/1.9", "HTTP/3.0", "http/1.1", "RTSP/1.0", "", "HTTP/1.1 x"))
    text = head(request, _length(request.body), version=version) + request.body
    return Exchange("of another version", [text], (request.method,), may_refuse_version=True)


def _of_bad_headers(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    line = chance.choice((
        b"X: a\r\n b\r\n", b"X\r\n", b": x\r\n", b"X : y\r\n", b"X: \x00\r\n", b"X: \r\r\n", b"Host: second\r\n",
        b"\xff: x\r\n", b"X: " + b"x" * 100_000 + b"\r\n", b"X: y\r\n" * 2_000, b"Connection: \r\n",
        b"Expect: 100-continue\r\n", b"X:y\n",
    ))  # fmt: skip
    return Exchange("of bad headers", [_whole(request, line)], (request.method,))


def _garbage(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    hello = b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"
    texts = (chance.randbytes(200), hello + chance.randbytes(100), b"\r\n" * 50, b"\x00", b"GET", b"GET /\r\n\r\n",
             b"* / HTTP/1.1\r\n\r\n", _whole(request) + chance.randbytes(50), b"x" * 100_000)  # fmt: skip
    return Exchange("garbage", [chance.choice(texts)], (request.method,), half_closed=chance.random() < 0.3)


def _unread(request: Request, chance: random.Random, more: Sequence[Request]) -> Exchange:
    return Exchange("unread", [_whole(request)], (request.method,), reads=False, resets=chance.random() < 0.5)


_WELL = (_well, _well, _well, _kept, _in_pieces, _chunked)
_BADLY: tuple[Callable[[Request, random.Random, Sequence[Request]], Exchange], ...] = (
    _pipelined, _pipelined, _half_closed, _badly_chunked, _badly_chunked, _compressed, _truncated, _of_two_lengths,
    _upgraded, _upgraded, _preface, _of_another_version, _of_bad_headers, _garbage, _unread,
)  # fmt: skip


def exchange(request: Request, chance: random.Random, more: Callable[[], Request]) -> Exchange:
    """The exchange of one connection; half of all exchanges are correct."""
    way = chance.choice(_WELL if chance.random() < 0.5 else _BADLY)
    others = [more() for _ in range(chance.randint(1, 4))] if way is _pipelined else []
    return way(request, chance, others)
