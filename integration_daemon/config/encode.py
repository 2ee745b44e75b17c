"""Encoding a document for its store, with its secrets as given; `for_showing` masks them."""

from typing import Any

import msgspec

from services.framework.discretion import for_showing
from services.secret import Secret

__all__ = ["encode_for_store", "for_showing"]


def encode_for_store(value: Any) -> bytes:
    """JSON with the secrets as given in the document, only for the document's own file."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=_stored), indent=2)


def _stored(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.stored_form()
    raise NotImplementedError(f"{type(value).__name__} cannot be written to a document")
