"""Carries calls to a metadata server: a few requests at a time, and what waits meanwhile goes together.

    call ─▶ queue ─▶ a sender takes what is there ─▶ one request ─▶ each caller gets its own answer

A request costs far more than what most calls ask for: thousands of connectors that ask for little at the same time
are answered in a few hundred requests. So a sender waits as long as calls keep coming, which is a moment: under little
load each call goes alone and, but for that, at once.
"""

from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from copy import copy
from urllib.parse import quote

import httpx2
import msgspec
import trio

from audit.message import ErrorMessage
from services.errors import (
    InvalidParameterError,
    MetadataServerNotRunningError,
    MetadataServerUnavailableError,
    PropertyServerError,
    UserNotAuthorizedError,
)
from services.metadata import messages
from services.metadata.wire import CombinedCall, ErrorAnswer

REQUESTS_AT_ONCE = 4
"""Requests that one metadata server gets from this daemon at the same time."""
MOST_CALLS = 32
"""Calls in one request."""
QUIET_PASSES = 3
"""Passes of the event loop without another call, after which a request is sent."""
MOST_BYTES = 1 << 20
"""Size of a request beyond which no other call is put into it."""
PATIENCE = 60.0
"""Seconds for which a server may ask us to come back later, in all."""
LONGEST_PAUSE = 10.0
"""Seconds that we stay away at a time, whatever it asks for."""

_encode = msgspec.json.Encoder().encode
_ERROR = msgspec.json.Decoder(ErrorAnswer)
_ANSWERS = msgspec.json.Decoder(list[msgspec.Raw])
_HEADERS = {"Content-Type": "application/json"}


class PendingCall:
    """One call on its way, and what has become of it."""

    def __init__(self, call: CombinedCall) -> None:
        self.call = call
        self.done = trio.Event()
        self.answer = b""
        self.error: Exception | None = None
        self.given_up = False


class BatchingClient:
    """The way to one metadata server; made by `open_batching_client`."""

    def __init__(self, client: httpx2.AsyncClient, platform_url: str, server: str, user: str) -> None:
        self.server = server
        self.user = user
        self._client = client
        self._platform_url = platform_url.rstrip("/")
        self._queue: deque[PendingCall] = deque()
        self._idle = trio.lowlevel.ParkingLot()
        self._turn = trio.Lock()
        """Of the sender whose request is the next."""

    async def call(self, name: str, body: object, user: str | None = None) -> bytes:
        """Make one call of the batch routes, and return its encoded answer.

        Raises the error that the server answers; `MetadataServerUnavailableError` if it does not.
        """
        pending = PendingCall(CombinedCall(call=name, user=user or self.user, body=msgspec.Raw(_encode(body))))
        self._queue.append(pending)
        self._idle.unpark()
        try:
            await pending.done.wait()
        finally:
            pending.given_up = True  # nobody waits for it any more
        if pending.error is not None:
            raise pending.error
        self._raise_if_error(pending.answer, pending.call.user)
        return pending.answer

    def not_understood(self, status: int, problem: str) -> PropertyServerError:
        """The error for an answer that is none."""
        return PropertyServerError(
            messages.ANSWER_NOT_UNDERSTOOD,
            server=self.server,
            url=self._platform_url,
            status=status,
            problem=problem,
        )

    async def send_calls(self) -> None:
        """Be one of the senders, until cancelled."""
        while True:
            async with self._turn:
                calls = await self._gather()
            try:
                await self._deliver(calls)
            except Exception as error:
                for pending in calls:
                    pending.error = copy(error)  # whoever it is raised to adds to its traceback
                    pending.error.__cause__ = error.__cause__
            finally:
                for pending in calls:
                    pending.done.set()

    async def _gather(self) -> list[PendingCall]:
        """The calls of the next request: those that are there once no more are coming."""
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
        self._raise_if_error(response.content, self.user)
        try:
            answers = _ANSWERS.decode(response.content)
        except msgspec.MsgspecError as error:
            raise self.not_understood(response.status_code, f"the answer cannot be decoded: {error}") from None
        if len(answers) != len(calls):
            raise self.not_understood(response.status_code, f"{len(calls)} calls have {len(answers)} answers")
        for pending, answer in zip(calls, answers, strict=True):
            pending.answer = bytes(answer)

    async def _post(self, call: str, user: str, content: bytes) -> httpx2.Response:
        """Send a request, again later if the server says that it has too much to do."""
        url = (
            f"{self._platform_url}/servers/{quote(self.server, safe='')}/open-metadata/access-services"
            f"/open-metadata-store/users/{quote(user, safe='')}/batch/{call}"
        )
        patience = PATIENCE
        while True:
            response = await self._send(url, content)
            pause = _asked_to_wait(response)
            if pause is None or pause > patience:
                break
            patience -= pause
            await trio.sleep(pause)
        if response.status_code >= 400 and not _error_in(response.content).exception_error_message_id:
            if response.status_code >= 500:
                raise self._unavailable(f"HTTP status {response.status_code}")
            raise self.not_understood(response.status_code, "it is not an answer of a metadata server")
        return response

    async def _send(self, url: str, content: bytes) -> httpx2.Response:
        """Send a request, and once more if its connection turns out to have been closed while it was idle.

        To send it twice is safe: reads change nothing, and a batch states what is to be, by place.
        """
        try:
            try:
                return await self._client.post(url, content=content, headers=_HEADERS)
            except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
                return await self._client.post(url, content=content, headers=_HEADERS)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._unavailable(_in_words(error)) from error

    def _unavailable(self, cause: str) -> MetadataServerUnavailableError:
        return MetadataServerUnavailableError(
            messages.SERVER_DOES_NOT_ANSWER,
            metadata_server=self.server,
            url=self._platform_url,
            server=self.server,
            cause=cause,
        )

    def _raise_if_error(self, content: bytes, user: str) -> None:
        """Turn an FFDC body back into the error that it tells."""
        error = _error_in(content)
        if error.exception_error_message_id == messages.SERVER_NOT_AVAILABLE.id:
            raise MetadataServerNotRunningError(
                messages.SERVER_NOT_AVAILABLE, metadata_server=self.server, server=self.server, user=user
            )
        if error.exception_error_message_id:
            raise _error_class(error.exception_class_name)(_definition(error))


@asynccontextmanager
async def open_batching_client(
    client: httpx2.AsyncClient, platform_url: str, server: str, user: str
) -> AsyncIterator[BatchingClient]:
    """The way to a metadata server, open until the block ends: what was not answered by then never is."""
    batching = BatchingClient(client, platform_url, server, user)
    async with trio.open_nursery() as nursery:
        for number in range(REQUESTS_AT_ONCE):
            nursery.start_soon(batching.send_calls, name=f"sender {number} to metadata server {server}")
        try:
            yield batching
        finally:
            nursery.cancel_scope.cancel(reason=f"the way to metadata server {server} is closed")


def _asked_to_wait(response: httpx2.Response) -> float | None:
    """Seconds after which the server wants to be asked again, if it does."""
    if response.status_code not in (429, 503):
        return None
    try:
        return min(LONGEST_PAUSE, max(0.1, float(response.headers.get("Retry-After", ""))))
    except ValueError:
        return None


def _error_in(content: bytes) -> ErrorAnswer:
    try:
        return _ERROR.decode(content) if content[:1] == b"{" else ErrorAnswer()
    except msgspec.MsgspecError:
        return ErrorAnswer()


def _definition(error: ErrorAnswer) -> ErrorMessage:
    """The message of an error as it came: its text has its inserts already."""
    text = error.exception_error_message.removeprefix(error.exception_error_message_id).strip()
    return ErrorMessage(
        id=error.exception_error_message_id,
        http_code=error.related_http_code,
        text=text.replace("{", "{{").replace("}", "}}"),
        system_action=error.exception_system_action,
        user_action=error.exception_user_action,
    )


def _error_class(name: str) -> type[InvalidParameterError | UserNotAuthorizedError | PropertyServerError]:
    simple = name.rpartition(".")[2]
    if simple == "UserNotAuthorizedException":
        return UserNotAuthorizedError
    return InvalidParameterError if simple == "InvalidParameterException" else PropertyServerError


def _in_words(error: Exception) -> str:
    """Why there is no answer, for an operator: the innermost error that says something."""
    said = [str(each) for each in _chain(error) if str(each)]
    text = said[-1] if said else type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"its certificate is not trusted ({text}); name its authority with --ca-bundle"
    if isinstance(error, httpx2.TimeoutException):
        return f"timed out ({type(error).__name__})"
    return text


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
