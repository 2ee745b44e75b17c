"""The server over HTTP, on loopback."""

import base64
import queue
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import h11
import msgspec
import trio

from tests.servers.egeria.errors import BadRequestError, no_server, no_service
from tests.servers.egeria.newer import NewerRoutes
from tests.servers.egeria.repository import Repository
from tests.servers.egeria.routes import Routes, bad_request, not_found

VERSIONS = {4: "4.3-SNAPSHOT", 5: "5.3", 6: "6.1"}
_SERVICES = "/open-metadata/platform-services"
_ORIGIN_PATHS = {
    4: re.compile(_SERVICES + "/users/[^/]+/server-platform/origin"),
    5: re.compile(_SERVICES + "/users/[^/]+/server-platform/origin"),
    6: re.compile(_SERVICES + "/server-platform/origin"),
}
TOKEN_LIFETIME = 3_600
_SERVER_PATH = re.compile("/servers/([^/]+)/open-metadata(/.*)")
_READS = re.compile(
    "/(by-[a-z-]+|guid-by-[a-z-]+|any-type|type/[A-Za-z]+|metadata-elements/[A-Za-z]+-[0-9a-f-]+)$|/api/token$"
)


class EgeriaServer:
    """A platform of Egeria with one metadata server, and what tests do to it."""

    def __init__(self, name: str = "cocoMDS1", *, generation: int = 4, **options: Any) -> None:
        self.name = name
        self.options = options
        self.url = ""
        self.generation = generation
        self.origin = f"Egeria OMAG Server Platform (version {VERSIONS[generation]})\n"
        self.passwords: dict[str, str] = {}
        """The users who can have a token; with any, nothing else is answered without one."""
        self.tokens: list[str] = []
        """The tokens that are accepted, in the order in which they were asked for."""
        self.token_lifetime = TOKEN_LIFETIME
        self.seen: list[tuple[str, str]] = []
        """Method and path of all requests, in the order of their arrival."""
        self.delay = 0.0
        """Seconds that every answer takes."""
        self.gathers = 0
        """Nothing is answered before so many requests are under way at once."""
        self._gathered = trio.Event()
        self.fault: str | None = None
        """`HTTP status`: what is answered to everything instead; `None`: all is well."""
        self.is_starting = False
        """Whether the server runs, and its services do not yet."""
        self.lost_answer = ""
        """The end of a path: the answer to the next request for it is lost, with its connection."""
        self._left: int | None = None
        self.at_once = 0
        self.most_at_once = 0
        self.restart()

    def restart(self) -> None:
        """Forget everything, as a server with its repository in memory does."""
        self.repository = Repository(self.name, **self.options)
        newer = partial(NewerRoutes, generation=self.generation)
        self._routes = Routes(self.repository) if self.generation == 4 else newer(self.repository)

    @property
    def writes(self) -> list[str]:
        """The paths of all requests that change something, below the user."""
        return [
            path.partition("/users/")[2].partition("/")[2]
            for method, path in self.seen
            if method == "POST" and not _READS.search(path)
        ]

    def named(self, name: str) -> Any:
        """The element with this qualified name, archived or not."""
        (found,) = [each for each in self.repository.elements.values() if each.text("qualifiedName") == name]
        return found

    @property
    def names(self) -> list[str]:
        """The qualified names of all elements that are not archived."""
        elements = self.repository.elements.values()
        return sorted(each.text("qualifiedName") for each in elements if not each.is_archived)

    @contextmanager
    def broken(self, status: int) -> Iterator[None]:
        """Inside, every request is answered with an HTTP status alone."""
        self.fault = str(status)
        yield
        self.fault = None

    @contextmanager
    def cut_off_after(self, writes: int) -> Iterator[None]:
        """Inside, so many changes are made; the last of them is made and not answered, and nothing after it."""
        self._left = writes
        yield
        self.mend()

    def mend(self) -> None:
        """Answer everything again."""
        self._left = None

    def _is_cut_off(self) -> bool:
        """True if the answer to the last request is never sent."""
        if self._left is None:
            return False
        method, path = self.seen[-1]
        if method == "POST" and not _READS.search(path):
            self._left -= 1
        return self._left <= 0

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """The HTTP status and the decoded answer to a request."""
        if _ORIGIN_PATHS[self.generation].fullmatch(path):
            return 200, self.origin
        found = _SERVER_PATH.fullmatch(path)
        if found is None:
            return 404, not_found(path)
        name, rest = found.groups()
        user = unquote(rest.partition("/users/")[2].partition("/")[0])
        if name != self.name:
            return 200, {"class": "VoidResponse", "relatedHTTPCode": 404, **no_server(name, user).body}
        if self.is_starting:
            return 200, {"class": "VoidResponse", "relatedHTTPCode": 404, **no_service(name, user).body}
        try:
            answer = self._routes.answer(method, rest, query, body)
        except (BadRequestError, KeyError):
            return 400, bad_request(path)
        return (404, not_found(path)) if answer is None else (200, answer)

    async def serve(self, stream: trio.SocketStream) -> None:
        """Answer the requests of one connection."""
        connection = h11.Connection(h11.SERVER)
        async with stream:
            with suppress(trio.BrokenResourceError, h11.RemoteProtocolError):  # the client is gone
                await self._serve(connection, stream)

    async def _serve(self, connection: h11.Connection, stream: trio.SocketStream) -> None:
        while (request := await _request_of(connection, stream)) is not None:
            status, answer = await self._respond(*request)
            if self.lost_answer and request[1].endswith(self.lost_answer):
                self.lost_answer = ""
                return
            content = answer.encode() if isinstance(answer, str) else msgspec.json.encode(answer)
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
            events = [h11.Response(status_code=status, headers=headers), h11.Data(content), h11.EndOfMessage()]
            await stream.send_all(b"".join(connection.send(event) or b"" for event in events))
            connection.start_next_cycle()

    def _token(self, login: Any) -> tuple[int, Any]:
        """The answer to a request for a token."""
        if self.passwords.get(login["userId"]) != login["password"]:
            return 401, ""
        began = int(time.time())
        claims = msgspec.json.encode(
            {"sub": login["userId"], "iat": began, "exp": began + self.token_lifetime, "number": len(self.tokens)}
        )
        token = f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"
        self.tokens.append(token)
        return 200, token

    def _is_open(self, path: str, bearer: str) -> bool:
        return not self.passwords or bearer in self.tokens or bool(_ORIGIN_PATHS[6].fullmatch(path))

    async def _respond(self, method: str, target: str, content: bytes, bearer: str) -> tuple[int, Any]:
        place = urlsplit(target)
        path = unquote(place.path)
        self.seen.append((method, path))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await trio.sleep(self.delay)
            await self._gather()
            if self.fault is not None:
                return int(self.fault), ""
            try:
                body = msgspec.json.decode(content) if content else None
            except msgspec.MsgspecError:
                return 400, bad_request(path)
            if path == "/api/token" and self.passwords:
                return self._token(body)
            if not self._is_open(path, bearer):
                return 401, ""
            is_over = self._left == 0
            is_cut_off = self._is_cut_off()
            if not is_over:
                answer = self.answer(method, path, dict(parse_qsl(place.query)), body)
            return (502, "") if is_cut_off else answer
        finally:
            self.at_once -= 1

    async def _gather(self) -> None:
        if self.gathers:
            if self.at_once >= self.gathers:
                self._gathered.set()
            await self._gathered.wait()


async def _request_of(connection: h11.Connection, stream: trio.SocketStream) -> tuple[str, str, bytes, str] | None:
    """Method, target, content and token of the next request; `None` at the end of the connection."""
    request: h11.Request | None = None
    content = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await stream.receive_some())
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            content += event.data
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            sent = dict(request.headers).get(b"authorization", b"").decode().removeprefix("Bearer ")
            return request.method.decode(), request.target.decode(), content, sent
        else:
            return None


@asynccontextmanager
async def egeria_server(**options: Any) -> AsyncIterator[EgeriaServer]:
    """A metadata server of Egeria, served on loopback until the block ends."""
    server = EgeriaServer(**options)
    async with trio.open_nursery() as nursery:
        listeners: list[trio.SocketListener] = await nursery.start(
            partial(trio.serve_tcp, server.serve, 0, host="127.0.0.1")
        )
        server.url = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        yield server
        nursery.cancel_scope.cancel()


@contextmanager
def egeria_platform(**options: Any) -> Iterator[EgeriaServer]:
    """The same for a test that waits for other processes: the server is served by a thread."""
    started: queue.SimpleQueue[tuple[EgeriaServer, trio.Event, trio.lowlevel.TrioToken]] = queue.SimpleQueue()

    async def run() -> None:
        stop = trio.Event()
        async with egeria_server(**options) as server:
            started.put((server, stop, trio.lowlevel.current_trio_token()))
            await stop.wait()

    thread = threading.Thread(target=trio.run, args=(run,))
    thread.start()
    server, stop, token = started.get()
    try:
        yield server
    finally:
        trio.from_thread.run_sync(stop.set, trio_token=token)
        thread.join()
