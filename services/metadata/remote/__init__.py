"""The remote metadata store: a metadata server on another platform, over HTTP."""

from services.metadata.remote.client import open_metadata_client
from services.metadata.remote.store import RemoteStore

__all__ = ["RemoteStore", "open_metadata_client"]
