"""The embedded metadata store: one SQLite file."""

from services.metadata.sqlite.store import SQLiteStore, open_sqlite_store

__all__ = ["SQLiteStore", "open_sqlite_store"]
