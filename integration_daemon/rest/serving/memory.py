"""A limit on the memory that the bodies and answers of all connections use together.

If the body or the answer of a request exceeds the budget, the request is answered with 503 and `Retry-After`. Small
bodies and answers are not counted, because the limit on connections also limits them. The budget counts bytes on the
wire; during a request, the program also holds a copy of its body and the decoded content.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import trio

from integration_daemon.rest.messages import REQUEST_FAILED_OUTSIDE, REQUESTS_REFUSED
from integration_daemon.rest.serving.connection_slot import drain_body
from integration_daemon.rest.serving.incidents import Incidents

BUDGET = 128 * 1024 * 1024
"""The largest total size, in bytes, of the bodies being received and the answers being sent."""
SMALL = 64 * 1024
"""The largest size, in bytes, of a body or a piece of an answer that is not counted."""
RETRY_AFTER = 2
"""Seconds after which a refused client may try again."""

Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]


class Budget:
    """A budget of bytes. A single request may exceed it while no other request holds any bytes."""

    def __init__(self, total: int) -> None:
        self._total = self._left = total

    def acquire(self, size: int) -> bool:
        """Acquire bytes, if this many are left."""
        if size > self._left and self._left < self._total:
            return False
        self._left -= size
        return True

    def release(self, size: int) -> None:
        """Release acquired bytes."""
        self._left += size


class BoundedMemory:
    """ASGI middleware that keeps all exchanges of an application within one budget."""

    def __init__(self, app: Application, incidents: Incidents, most_in_a_body: int) -> None:
        self._app = app
        self._budget = Budget(BUDGET)
        self._most_in_a_body = most_in_a_body
        self._incidents = incidents

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(self._budget, self._most_in_a_body, scope, receive, send)
        try:
            if exchange.has_room_for(_declared_length(scope["headers"])):
                await self._app(scope, exchange.receive, exchange.send)
        except* Exception as group:
            self._incidents.add(REQUEST_FAILED_OUTSIDE, group)
            raise
        finally:
            exchange.release()
        if exchange.lacks_room:
            self._incidents.add(REQUESTS_REFUSED)
            await exchange.refuse()


class _Exchange:
    """One request with its answer. A request over budget ends without an exception, whose traceback would keep the
    body in memory until garbage collection."""

    def __init__(self, budget: Budget, most_in_a_body: int, scope: Any, receive: Receive, send: Send) -> None:
        self.lacks_room = False
        self._budget = budget
        self._most_in_a_body = most_in_a_body
        self._scope = scope
        self._receive = receive
        self._send = send
        self._received = 0
        self._acquired = 0
        self._body_ended = trio.Event()
        self._start: Message | None = None
        """The start message of the answer, until its first piece fits into the budget."""
        self._is_answered = False

    def has_room_for(self, length: int) -> bool:
        """Acquire the memory for a body of this length; after one refusal, every further request for memory fails."""
        if SMALL < length <= self._most_in_a_body and length > self._acquired and not self.lacks_room:
            if self._budget.acquire(length - self._acquired):
                self._acquired = length
            else:
                self.lacks_room = True
        return not self.lacks_room

    def release(self) -> None:
        """Release the memory of the body."""
        self._budget.release(self._acquired)
        self._acquired = 0

    async def receive(self) -> Message:
        """The next message from the client; its body is left out once the answer has begun.

        A request beyond the budget looks to the application like one whose client has disconnected.
        """
        message = await self._next_message()
        if message["type"] != "http.request":
            return message
        if self._is_answered:
            return {**message, "body": b""}
        return message if self.has_room_for(self._received) else {"type": "http.disconnect"}

    async def _next_message(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request":
            self._body_ended.set()
            return message
        self._received += len(message["body"])
        if not message["more_body"]:
            self._body_ended.set()
        return message

    async def send(self, message: Message) -> None:
        """Send a message of the answer, if it fits into the budget."""
        if self.lacks_room:
            return
        if message["type"] == "http.response.start":
            self._start = message
            return
        size = len(message.get("body", b""))
        if size <= SMALL or self._is_answered:  # too late for another answer, and a stream's pieces are small
            await self._pass_on(message)
        elif self._budget.acquire(size):
            try:
                await self._pass_on(message)
            finally:
                self._budget.release(size)
        else:
            self.lacks_room = True

    async def _pass_on(self, message: Message) -> None:
        if self._start is not None:
            start, self._start, self._is_answered = self._start, None, True
            self.release()  # the rest of the body is discarded: a refused client holds no memory
            await self._send(start)
        if not message.get("more_body") and not self._body_ended.is_set():
            if message.get("body"):
                await self._send({**message, "more_body": True})
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await drain_body(self._scope, self._body_ended.wait)
        await self._send(message)

    async def refuse(self) -> None:
        """Answer 503, and close the connection once the client has sent its body."""
        headers = [(b"retry-after", b"%d" % RETRY_AFTER), (b"content-length", b"0"), (b"connection", b"close")]
        await self._send({"type": "http.response.start", "status": 503, "headers": headers})
        await drain_body(self._scope, self._until_sent)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _until_sent(self) -> None:
        while not self._body_ended.is_set():
            await self._next_message()


def _declared_length(headers: Any) -> int:
    return next((int(value) for name, value in headers if name == b"content-length" and value.isdigit()), 0)
