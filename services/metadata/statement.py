"""Stating an element: from a typed Struct to the `Put` that a store takes."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from services.metadata.changes import Link, Put
from services.metadata.types.base import Referenceable

_encoder = msgspec.json.Encoder(order="deterministic")


def state(
    element: Referenceable,
    *,
    place: str | None = None,
    fingerprint: str | None = None,
    links: Iterable[Link] = (),
    classifications: Mapping[str, dict[str, Any]] | None = None,
) -> Put:
    """State an element with its relationships and classifications.

    `place` defaults to the qualified name. The fingerprint is computed from all that is stated, unless the caller
    has a cheaper one that changes as often.
    """
    properties = _encoder.encode(element)
    stated_links, stated_classifications = tuple(links), dict(classifications or {})
    if fingerprint is None:
        fingerprint = fingerprint_of(properties, element.type_name(), stated_links, stated_classifications)
    return Put(
        type_name=element.type_name(),
        qualified_name=element.qualified_name,
        place=element.qualified_name if place is None else place,
        fingerprint=fingerprint,
        properties=msgspec.Raw(properties),
        classifications=stated_classifications,
        links=stated_links,
    )


def fingerprint_of(
    properties: bytes, type_name: str, links: tuple[Link, ...], classifications: Mapping[str, dict[str, Any]]
) -> str:
    """A fingerprint of everything that an element states."""
    digest = blake2b(properties, digest_size=16)
    digest.update(_encoder.encode((type_name, links, classifications)))
    return digest.hexdigest()
