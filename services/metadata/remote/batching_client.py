"""Sends calls to a metadata server: a few requests at a time; calls that wait in the meantime share a request.

        call ─▶ queue ─▶ a sender takes the waiting calls ─▶ one request ─▶ each caller gets its own response

A request costs far more than the work of most calls, so the calls of thousands of connectors at the same time are sent
in a few hundred requests. A sender waits briefly while calls keep arriving; under little load, each call is sent alone
and almost at once.
"""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import copy
from urllib.parse import quote

import httpx2
import msgspec
import trio

from services.metadata.remote.answers import Counterpart, request_error_text, retry_after_seconds
from services.metadata.wire import CombinedCall

REQUESTS_AT_ONCE = 4
"""Maximum number of simultaneous requests from this daemon to one metadata server."""
MOST_CALLS = 32
"""Maximum number of calls in one request."""
QUIET_PASSES = 3
"""Passes of the event loop without a new call after which a request is sent."""
MOST_BYTES = 1 << 20
"""Size of a request, in bytes, beyond which no further call is added."""
PATIENCE = 60.0
"""Total time, in seconds, for which requests are repeated at the request of a busy server."""

_encode = msgspec.json.Encoder().encode
_ANSWERS = msgspec.json.Decoder(list[msgspec.Raw])
_HEADERS = {"Content-Type": "application/json"}


class PendingCall:
    """One pending call and its result."""

    def __init__(self, call: CombinedCall) -> None:
        self.call = call
        self.done = trio.Event()
        self.answer = b""
        self.error: Exception | None = None
        self.given_up = False


class BatchingClient:
    """The client of one metadata server; created by `open_batching_client`."""

    def __init__(self, client: httpx2.AsyncClient, counterpart: Counterpart, user: str) -> None:
        self.counterpart = counterpart
        self.user = user
        self._client = client
        self._queue: deque[PendingCall] = deque()
        self._idle = trio.lowlevel.ParkingLot()
        self._turn = trio.Lock()
        """Held by the sender of the next request."""

    async def call(self, name: str, body: object, user: str | None = None) -> bytes:
        """Make one call of the batch routes, and return its encoded response.

        Raises the error in the response; `MetadataServerUnavailableError` if there is no response.
        """
        pending = PendingCall(CombinedCall(call=name, user=user or self.user, body=msgspec.Raw(_encode(body))))
        self._queue.append(pending)
        self._idle.unpark()
        try:
            await pending.done.wait()
        finally:
            pending.given_up = True  # its caller no longer waits
        if pending.error is not None:
            raise pending.error
        self.counterpart.raise_if_error(pending.answer, pending.call.user)
        return pending.answer

    async def send_calls(self) -> None:
        """Run one of the senders, until cancelled."""
        while True:
            async with self._turn:
                calls = await self._gather()
            try:
                await self._deliver(calls)
            except Exception as error:
                for pending in calls:
                    pending.error = copy(error)  # each caller that raises it adds to its traceback
                    pending.error.__cause__ = error.__cause__
            finally:
                for pending in calls:
                    pending.done.set()

    async def _gather(self) -> list[PendingCall]:
        """The calls of the next request: those in the queue when no more arrive."""
        while True:
            gathered = 0
            while gathered < len(self._queue) < MOST_CALLS:
                gathered = len(self._queue)
                for _ in range(QUIET_PASSES):
                    await trio.lowlevel.checkpoint()
            if calls := self._take():
                return calls
            await self._idle.park()

    def _take(self) -> list[PendingCall]:
        taken: list[PendingCall] = []
        size = 0
        while self._queue and len(taken) < MOST_CALLS:
            size += len(bytes(self._queue[0].call.body))
            if taken and size > MOST_BYTES:
                break
            pending = self._queue.popleft()
            if not pending.given_up:
                taken.append(pending)
        return taken

    async def _deliver(self, calls: Sequence[PendingCall]) -> None:
        if len(calls) == 1:
            (pending,) = calls
            pending.answer = (await self._post(pending.call.call, pending.call.user, bytes(pending.call.body))).content
            return
        response = await self._post("calls", self.user, _encode([pending.call for pending in calls]))
        self.counterpart.raise_if_error(response.content, self.user)
        try:
            answers = _ANSWERS.decode(response.content)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise self.counterpart.not_understood(
                response.status_code, f"the answer cannot be decoded: {error}"
            ) from None
        if len(answers) != len(calls):
            raise self.counterpart.not_understood(
                response.status_code, f"{len(calls)} calls have {len(answers)} answers"
            )
        for pending, answer in zip(calls, answers, strict=True):
            pending.answer = bytes(answer)

    async def _post(self, call: str, user: str, content: bytes) -> httpx2.Response:
        """Send a request, and repeat it later if the server is busy."""
        at = self.counterpart
        url = (
            f"{at.platform_url}/servers/{quote(at.server, safe='')}/open-metadata/access-services"
            f"/open-metadata-store/users/{quote(user, safe='')}/batch/{call}"
        )
        patience = PATIENCE
        while True:
            response = await self._send(url, content)
            pause = retry_after_seconds(response)
            if pause is None or pause > patience:
                break
            patience -= pause
            await trio.sleep(pause)
        at.require_answer(response)
        return response

    async def _send(self, url: str, content: bytes) -> httpx2.Response:
        """Send a request, and repeat it once if its connection was closed while idle.

        Sending it twice is safe: reads change nothing, and a batch states the resulting elements by source key.
        """
        try:
            try:
                return await self._client.post(url, content=content, headers=_HEADERS)
            except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
                return await self._client.post(url, content=content, headers=_HEADERS)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self.counterpart.unavailable(request_error_text(error)) from error


@asynccontextmanager
async def open_batching_client(
    client: httpx2.AsyncClient, counterpart: Counterpart, user: str
) -> AsyncIterator[BatchingClient]:
    """A client of a metadata server, open until the end of the block; later responses are discarded."""
    batching, server = BatchingClient(client, counterpart, user), counterpart.server
    async with trio.open_nursery() as nursery:
        for number in range(REQUESTS_AT_ONCE):
            nursery.start_soon(batching.send_calls, name=f"sender {number} to metadata server {server}")
        try:
            yield batching
        finally:
            nursery.cancel_scope.cancel(reason=f"the way to metadata server {server} is closed")
