"""Answers to requests that do not reach the application."""

from collections.abc import Iterable
from typing import Any

import msgspec

from audit.errors import DescribedError
from integration_daemon.rest.ffdc import problem_document
from integration_daemon.rest.serving.connection_slot import drain_body
from integration_daemon.rest.serving.memory import Receive, Send


async def refuse(
    scope: Any, receive: Receive, send: Send, error: DescribedError, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a problem document, and close the connection once the client has sent its body."""

    async def until_sent() -> None:
        while (await receive()).get("more_body"):
            pass

    body = msgspec.json.encode(problem_document(error, scope["path"]))
    answer = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),  # a body that takes too long is not read to its end
        *headers,
    ]
    await send({"type": "http.response.start", "status": error.definition.http_code, "headers": answer})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await drain_body(scope, until_sent)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
