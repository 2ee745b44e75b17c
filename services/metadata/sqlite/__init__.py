"""The embedded metadata store: one SQLite file."""

from services.metadata.sqlite.store import open_sqlite_store

__all__ = ["open_sqlite_store"]
