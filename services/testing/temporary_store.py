"""A metadata store for one test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore


@asynccontextmanager
async def temporary_store() -> AsyncIterator[MetadataStore]:
    """An empty metadata store, which is deleted at the end of the block.

    It is the daemon's embedded store with a database in a temporary directory, not an imitation in memory, so that it
    accepts, rejects and returns the same values as a daemon's store.
    """
    with TemporaryDirectory(prefix="open-metadata-") as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            yield store
