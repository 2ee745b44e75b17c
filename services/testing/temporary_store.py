"""A metadata store for one test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore


@asynccontextmanager
async def temporary_store() -> AsyncIterator[MetadataStore]:
    """An empty metadata store, which is gone when the block ends.

    It is the daemon's embedded store over a database in a temporary directory, not an imitation of it in memory: what
    it accepts, rejects and hands out is what a daemon's store does.
    """
    with TemporaryDirectory(prefix="open-metadata-") as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            yield store
