"""Metadata sources, looked up once at a metadata server for all connectors that share them."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import trio

from services.metadata.element import MetadataSource
from services.metadata.store import MetadataStore

LOOK_UP_DEADLINE = 15.0
"""Seconds that one look-up of all sources may take."""


class MetadataSources:
    """The metadata sources of one service's connectors, at one metadata server."""

    def __init__(self, store: MetadataStore, *, type_name: str, display_name: str) -> None:
        self._store = store
        self._type_name = type_name
        self._display_name = display_name
        self._known: set[str] = set()
        self._failed: dict[str, Exception] = {}

    async def require(self, qualified_name: str, user: str) -> None:
        """Register the source at the metadata server once; raises the errors of the metadata server."""
        if qualified_name in self._known:
            return
        if (error := self._failed.get(qualified_name)) is not None:
            raise error.with_traceback(None)
        source = MetadataSource(qualified_name, self._type_name, self._display_name)
        await self._store.register_source(source, user=user)
        self._known.add(qualified_name)

    def knows(self, qualified_name: str) -> bool:
        """True if the source has been registered at the metadata server."""
        return qualified_name in self._known

    @asynccontextmanager
    async def looked_up_together(self, qualified_names: Iterable[str], user: str) -> AsyncIterator[None]:
        """Within this context `require` returns at once for these sources, from one look-up each.

        An outage then costs one request and one time-out, however many connectors it stops.
        """
        if unknown := {name for name in qualified_names if not self.knows(name)}:
            with trio.move_on_after(LOOK_UP_DEADLINE):
                async with trio.open_nursery() as nursery:
                    for name in sorted(unknown):
                        nursery.start_soon(self._look_up, name, user)
        try:
            yield
        finally:
            self._failed.clear()

    async def _look_up(self, name: str, user: str) -> None:
        try:
            await self.require(name, user)
        except Exception as error:  # each connector that requires the source fails with this error
            self._failed[name] = error
