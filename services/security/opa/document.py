"""The data document of a bundle: protected elements by qualified name, below `open_metadata.elements`.

    {"open_metadata": {"elements": {"RelationalColumn::...": {
        "typeName": ..., "displayName": ..., "parents": [qualified names, nearest first],
        "zones": [...], "owner": ..., "confidentialityLevel": ..., "securityLabels": [...],
        "securityProperties": {...}, "accessGroups": {group: [permission]}, "unreadable": [...]}}}}

The names of the properties are those of `Protection`; properties without a value are left out. The document is
canonical JSON, which depends only on its content: sorted keys, no spaces, and the escapes of Go's encoder, since OPA
verifies the digest of a document that it has decoded and encoded again.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from services.security.protection import Parent, ProtectedElement, Protection

_encode = msgspec.json.Encoder(order="sorted").encode
_ESCAPED = ((b"\xe2\x80\xa8", rb"\u2028"), (b"\xe2\x80\xa9", rb"\u2029"))
ROOT = "open_metadata/elements"


class DocumentTooLargeError(Exception):
    """The document exceeds its maximum size."""


class DataDocument:
    """The added elements, each in encoded form. Memory use is bounded by the maximum size of the document."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._size = 0
        self._elements: dict[str, bytes] = {}

    def add(self, element: ProtectedElement) -> None:
        """Add an element, and its parents that have a protection. Raises `DocumentTooLargeError`."""
        self._put(element, element.parents)
        for number, parent in enumerate(element.parents):
            if parent.protection != Protection() and parent.qualified_name not in self._elements:
                self._put(parent, element.parents[number + 1 :])

    def _put(self, element: ProtectedElement | Parent, parents: Sequence[Parent]) -> None:
        protection: dict[str, Any] = msgspec.to_builtins(element.protection)
        entry = {"typeName": element.type_name, "displayName": element.display_name, **protection}
        if parents:
            entry["parents"] = [each.qualified_name for each in parents]
        encoded = canonical(element.qualified_name) + b":" + canonical(entry)
        self._size += len(encoded) + 1 - len(self._elements.get(element.qualified_name, b""))
        if self._size > self._most:
            raise DocumentTooLargeError
        self._elements[element.qualified_name] = encoded

    def content(self) -> bytes:
        """The encoded document."""
        elements = b",".join(self._elements[name] for name in sorted(self._elements))
        return b'{"open_metadata":{"elements":{' + elements + b"}}}"


def canonical(value: Any) -> bytes:
    """Encode a value as canonical JSON."""
    encoded = _encode(value)
    for raw, escape in _ESCAPED:
        encoded = encoded.replace(raw, escape)
    return encoded
