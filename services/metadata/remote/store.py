"""A `MetadataStore` whose elements are kept by a metadata server on some platform."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
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
from services.metadata.changes import Batch, Change, Outcome, Query
from services.metadata.element import ElementRecord, MetadataSource, RelationshipRecord
from services.metadata.wire import (
    ErrorAnswer,
    FingerprintsAnswer,
    FingerprintsRequest,
    RelationshipsRequest,
    SourceAnswer,
)

CHANGES_IN_A_REQUEST = 1_000
REQUESTS_AT_ONCE = 4
"""Requests that one metadata server gets from this daemon at the same time; others wait their turn."""

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
_ERROR = msgspec.json.Decoder(ErrorAnswer)


class RemoteStore:
    """Speaks the batch routes of a metadata server."""

    def __init__(self, client: httpx2.AsyncClient, platform_url: str, server: str, user: str) -> None:
        self._client = client
        self._platform_url = platform_url.rstrip("/")
        self._server = server
        self._user = user
        self._turn = trio.CapacityLimiter(REQUESTS_AT_ONCE)

    async def register_source(self, source: MetadataSource, *, user: str) -> str:
        answer = await self._post("sources", source, SourceAnswer, user)
        return answer.guid

    async def fingerprints(
        self, metadata_source: str, scope: str, *, after: str | None = None, limit: int | None = None
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            wanted = None if limit is None else limit - len(found)
            request = FingerprintsRequest(metadata_source=metadata_source, scope=scope, after=after, limit=wanted)
            page = await self._post("fingerprints", request, FingerprintsAnswer)
            found.update(zip(page.places, page.fingerprints, strict=True))
            if page.is_last or (limit is not None and len(found) >= limit):
                return found
            after = page.places[-1]

    async def apply(self, batch: Batch) -> Outcome:
        """Apply a batch; one of more than `CHANGES_IN_A_REQUEST` is sent, and committed, in parts, in order."""
        if len(batch.changes) <= CHANGES_IN_A_REQUEST:
            return await self._post("apply", batch, Outcome, batch.user)
        total = Outcome()
        for first in range(0, len(batch.changes), CHANGES_IN_A_REQUEST):
            part: Sequence[Change] = batch.changes[first : first + CHANGES_IN_A_REQUEST]
            outcome = await self._post("apply", msgspec.structs.replace(batch, changes=part), Outcome, batch.user)
            total.add(outcome)
            total.guids.update(outcome.guids)
        return total

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        return await self._in_parts("get", guids, lambda part: part, list[ElementRecord])

    async def find(self, query: Query) -> list[ElementRecord]:
        return await self._post("find", query, list[ElementRecord])

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        found = await self._in_parts(
            "relationships",
            guids,
            lambda part: RelationshipsRequest(guids=part, type_name=type_name),
            list[RelationshipRecord],
        )
        return list({each.guid: each for each in found}.values())  # both ends may be in different parts

    async def aclose(self) -> None:
        """The client belongs to the daemon, which closes it."""

    async def _in_parts(self, call: str, guids: Sequence[str], body: Any, kind: type[list[T]]) -> list[T]:
        found: list[T] = []
        for first in range(0, len(guids), CHANGES_IN_A_REQUEST):
            part = list(guids[first : first + CHANGES_IN_A_REQUEST])
            found += await self._post(call, body(part), kind)
        return found

    async def _post(self, call: str, body: object, kind: type[T], user: str | None = None) -> T:
        path = (
            f"/servers/{quote(self._server, safe='')}/open-metadata/access-services/open-metadata-store"
            f"/users/{quote(user or self._user, safe='')}/batch/{call}"
        )
        response = await self._answer(path, _encode(body))
        self._raise_if_error(response, user or self._user)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except msgspec.MsgspecError as error:
            raise self._not_understood(response, f"the answer cannot be decoded: {error}") from None

    async def _answer(self, path: str, content: bytes) -> httpx2.Response:
        """Send a request, and once more if its connection turns out to have been closed while it was idle.

        To send it twice is safe: reads change nothing, and a batch states what is to be, by place.
        """
        headers = {"Content-Type": "application/json"}
        async with self._turn:
            try:
                try:
                    return await self._client.post(self._platform_url + path, content=content, headers=headers)
                except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
                    return await self._client.post(self._platform_url + path, content=content, headers=headers)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise MetadataServerUnavailableError(
                    messages.SERVER_DOES_NOT_ANSWER,
                    metadata_server=self._server,
                    url=self._platform_url,
                    server=self._server,
                    cause=_in_words(error),
                ) from error

    def _raise_if_error(self, response: httpx2.Response, user: str) -> None:
        """Turn an FFDC body back into the error that it tells."""
        try:
            error = _ERROR.decode(response.content) if response.content[:1] == b"{" else ErrorAnswer()
        except msgspec.MsgspecError:
            error = ErrorAnswer()
        if error.exception_error_message_id == messages.SERVER_NOT_AVAILABLE.id:
            raise MetadataServerNotRunningError(
                messages.SERVER_NOT_AVAILABLE, metadata_server=self._server, server=self._server, user=user
            )
        if error.exception_error_message_id:
            raise _error_class(error.exception_class_name)(_definition(error))
        if response.status_code >= 400:
            raise self._not_understood(response, "it is not an answer of a metadata server")

    def _not_understood(self, response: httpx2.Response, problem: str) -> PropertyServerError:
        return PropertyServerError(
            messages.ANSWER_NOT_UNDERSTOOD,
            server=self._server,
            url=self._platform_url,
            status=response.status_code,
            problem=problem,
        )


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


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


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
