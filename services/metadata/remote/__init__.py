"""The remote metadata store: a metadata server on another platform, over HTTP."""

from services.metadata.remote.opening import open_remote_store

__all__ = ["open_remote_store"]
