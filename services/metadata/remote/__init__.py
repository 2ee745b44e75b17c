"""The remote metadata store: a metadata server on another platform, over HTTP."""

from services.metadata.remote.store import RemoteStore, open_remote_store

__all__ = ["RemoteStore", "open_remote_store"]
