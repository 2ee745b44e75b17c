"""The external identifiers of elements: their names at a catalogue, and the state of their exchange."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from services.catalog.synchronization.merging import Version, digest_of
from services.metadata.changes import Link, Put
from services.metadata.mapping import fingerprint_of, to_put
from services.metadata.sorted_diff import PART
from services.metadata.types.glossary import ExternalId


class Exchange(NamedTuple):
    """The state of the exchange of an element, which its external identifier records."""

    versions: Mapping[str, Version]
    synchronization: str
    """The permitted synchronization."""


class Stated(NamedTuple):
    """An element with a source key and a fingerprint."""

    qualified_name: str
    source_key: str
    fingerprint: str


class ExternalIdentifiers:
    """The external identifiers of one metadata source at one catalogue."""

    def __init__(self, source: str, path: str) -> None:
        self._source = source
        self._path = path

    def put_of(self, element: Stated, identifier: str, kind: str, exchange: Exchange) -> Put:
        """The external identifier of an element at the catalogue, with the versions of its properties."""
        link = {
            "source": self._path,
            "usage": "synchronization",
            "permittedSynchronization": exchange.synchronization,
            "mappingProperties": {name: version.text() for name, version in sorted(exchange.versions.items())},
        }
        external = ExternalId(
            qualified_name=f"ExternalId::{self._source}::{self._path}::{identifier}",
            display_name=identifier,
            identifier=identifier,
            key_pattern="LOCAL_KEY",
            external_instance_type_name=kind,
        )
        name = element.qualified_name
        links = (Link("ExternalIdLink", name, True, link),)
        stated = fingerprint_of(element.fingerprint.encode(), "ExternalId", links, {})
        link["lastSynchronized"] = datetime.now(UTC).isoformat(timespec="milliseconds")
        return to_put(
            external,
            source_key=f"{element.source_key}{PART}externalId",
            fingerprint=stated,
            links=[Link("ExternalIdLink", name, properties=link)],
        )

    def put_of_sent(self, element: str, identifier: str, kind: str, synchronization: str) -> Put:
        """The external identifier of an element of another source that was sent to the catalogue."""
        stated = Stated(element, element, datetime.now(UTC).isoformat())
        put = self.put_of(stated, identifier, kind, Exchange({}, synchronization))
        return msgspec.structs.replace(put, source_key=f"sent::{self._path}::{identifier}")


def remote_versions(remote: Mapping[str, str]) -> dict[str, Version]:
    """The versions of properties whose values all come from the catalogue."""
    return {name: Version(0, 1, digest_of(value)) for name, value in remote.items()}
