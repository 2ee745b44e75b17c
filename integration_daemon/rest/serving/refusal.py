"""Answers to requests that do not reach the application."""

from collections.abc import Iterable
from typing import Any

import msgspec
import trio

from audit.errors import DescribedError
from integration_daemon.rest.ffdc import problem_document
from integration_daemon.rest.serving.memory import REST_OF_BODY, Receive, Send


async def refuse(
    scope: Any, receive: Receive, send: Send, error: DescribedError, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a problem document, once the client has sent its body, and close the connection."""
    with trio.move_on_after(REST_OF_BODY):  # a client that still sends would lose the answer on its way
        while (await receive()).get("more_body"):
            pass
    body = msgspec.json.encode(problem_document(error, scope["path"]))
    answer = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),  # with what is left of a body that takes too long
        *headers,
    ]
    await send({"type": "http.response.start", "status": error.definition.http_code, "headers": answer})
    await send({"type": "http.response.body", "body": body, "more_body": False})
