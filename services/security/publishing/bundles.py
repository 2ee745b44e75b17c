"""The bundles that the daemon serves: files in the data directory, each of which belongs to one connector.

The files remain after the end of the process: a bundle is served as soon as its connector has started again.
"""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import msgspec
import trio

from services.errors import ConnectorConfigurationError, InvalidParameterError
from services.framework.resources import ServiceHome
from services.security.publishing import messages
from services.security.publishing.target import FileTarget, Target

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class ServedBundle(NamedTuple):
    """The current content of a bundle."""

    file: BinaryIO
    """An open file, which does not change when the bundle is replaced. The caller closes it."""
    size: int
    digest: str


class BundleStore(Protocol):
    """The interface of the bundles for connectors. `connector` is the name of the caller."""

    async def claim(self, name: str, connector: str) -> None:
        """Reserve the name of a bundle; raises `ConnectorConfigurationError` if another connector has reserved it."""

    async def digest(self, name: str) -> str:
        """The digest of the served bundle; empty if none is served."""

    async def replace(self, name: str, connector: str, content: bytes) -> None:
        """Replace the content of a bundle."""


class Bundles(BundleStore):
    """The bundles of one server."""

    def __init__(self, directory: Path, connectors: Callable[[], Collection[str]]) -> None:
        self._directory = directory
        self._connectors = connectors
        self._owners: dict[str, str] = {}
        self._digests: dict[str, str] = {}

    async def claim(self, name: str, connector: str) -> None:
        owner = self._owners.get(name, connector)
        if owner != connector and owner in self._connectors():
            raise ConnectorConfigurationError(messages.NAME_TAKEN, connector=connector, name=name, other=owner)
        if name not in self._digests:
            self._digests[name] = await trio.to_thread.run_sync(_digest_of, self._path(name))
        self._owners[name] = connector

    async def digest(self, name: str) -> str:
        if name in self._digests:  # the file may have been removed, or replaced by an older one from a backup
            self._digests[name] = await trio.to_thread.run_sync(_digest_of, self._path(name))
        return self._digests.get(name, "")

    async def replace(self, name: str, connector: str, content: bytes) -> None:
        await self.claim(name, connector)
        await trio.to_thread.run_sync(lambda: self._directory.mkdir(mode=0o700, parents=True, exist_ok=True))
        file = FileTarget(connector, str(self._path(name)))
        try:
            await file.write(content)
        finally:
            await file.release()
        self._digests[name] = sha256(content).hexdigest()

    async def opened(self, name: str) -> ServedBundle:
        """Open a bundle; raises `InvalidParameterError` if no configured connector serves a bundle with this name."""
        if self._owners.get(name) not in self._connectors() or not self._digests.get(name):
            raise InvalidParameterError(messages.BUNDLE_NOT_FOUND, name=name)
        digest = self._digests[name]
        try:
            file = await trio.to_thread.run_sync(self._path(name).open, "rb")
        except FileNotFoundError:
            raise InvalidParameterError(messages.BUNDLE_NOT_FOUND, name=name) from None
        return ServedBundle(file, os.fstat(file.fileno()).st_size, digest)

    async def answer(self, request: bytes) -> bytes:
        """Carry out a request of a connector in another process."""
        decoded = msgspec.msgpack.decode(request, type=_Request)
        match decoded.call:
            case "claim":
                await self.claim(decoded.name, decoded.connector)
            case "replace":
                await self.replace(decoded.name, decoded.connector, decoded.content)
        return (await self.digest(decoded.name)).encode()

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.tar.gz"


class _Request(msgspec.Struct, kw_only=True):
    call: str
    name: str
    connector: str = ""
    content: bytes = b""


class RemoteBundles(BundleStore):
    """The bundles for a connector in a separate process, whose requests the daemon carries out."""

    def __init__(self, ask: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._ask = ask

    async def claim(self, name: str, connector: str) -> None:
        await self._call(_Request(call="claim", name=name, connector=connector))

    async def digest(self, name: str) -> str:
        return await self._call(_Request(call="digest", name=name))

    async def replace(self, name: str, connector: str, content: bytes) -> None:
        await self._call(_Request(call="replace", name=name, connector=connector, content=content))

    async def _call(self, request: _Request) -> str:
        return (await self._ask(msgspec.msgpack.encode(request))).decode()


class BundleTarget(Target):
    """A bundle that the daemon serves, as a target."""

    def __init__(self, bundles: BundleStore, name: str, connector: str) -> None:
        self.name = f"/api/v1/bundles/{name}"
        self._bundles = bundles
        self._bundle = name
        self._connector = connector

    async def hold(self) -> None:
        await self._bundles.claim(self._bundle, self._connector)

    async def differs(self, content: bytes) -> bool:
        return await self._bundles.digest(self._bundle) != sha256(content).hexdigest()

    async def write(self, content: bytes) -> None:
        await self._bundles.replace(self._bundle, self._connector, content)

    async def release(self) -> None:
        """Do nothing: the bundle is still served while its connector is stopped or has failed."""


def is_bundle_name(name: str) -> bool:
    """True if a name is valid for a bundle: it becomes a part of a URL and of a path."""
    return _NAME.fullmatch(name) is not None


@asynccontextmanager
async def open_bundles(home: ServiceHome) -> AsyncIterator[Bundles]:
    """Open the bundles of a server."""
    yield Bundles(home.directory / "bundles", home.connectors)


def _digest_of(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
