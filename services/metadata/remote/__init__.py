"""The remote metadata store: a metadata server on another platform, over HTTP."""

from services.metadata.remote.authentication import Login
from services.metadata.remote.egeria import DEFAULT_ACCESS_SERVICE
from services.metadata.remote.opening import open_remote_store

__all__ = ["DEFAULT_ACCESS_SERVICE", "Login", "open_remote_store"]
