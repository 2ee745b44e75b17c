"""Conversion of a typed Struct to the `Put` that a store accepts."""

from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import blake2b
from typing import Any

import msgspec

from services.errors import InvalidParameterError
from services.metadata.changes import Link, Put
from services.metadata.messages import LINK_AT_WRONG_END
from services.metadata.types.base import OpenMetadataRoot, Referenceable
from services.metadata.types.registry import type_named
from services.metadata.types.relationships import RELATIONSHIPS

_encoder = msgspec.json.Encoder(order="deterministic")


def to_put(
    element: Referenceable,
    *,
    source_key: str | None = None,
    fingerprint: str | None = None,
    links: Iterable[Link] = (),
    classifications: Mapping[str, dict[str, Any]] | None = None,
) -> Put:
    """State an element with its relationships and classifications.

    `source_key` defaults to the qualified name. The fingerprint is computed from everything stated, unless the caller
    has a cheaper one that changes as often.

    Raises `InvalidParameterError` for a link whose relationship type does not allow an element of this type at its end.
    """
    properties = _encoder.encode(element)
    stated_links, stated_classifications = tuple(links), dict(classifications or {})
    for link in stated_links:
        if not _can_be_end(type(element), link.type_name, 2 if link.at_end1 else 1):
            raise _wrong_end(element, link)
    if fingerprint is None:
        fingerprint = fingerprint_of(properties, element.type_name(), stated_links, stated_classifications)
    return Put(
        type_name=element.type_name(),
        qualified_name=element.qualified_name,
        source_key=element.qualified_name if source_key is None else source_key,
        fingerprint=fingerprint,
        properties=msgspec.Raw(properties),
        classifications=stated_classifications,
        links=stated_links,
    )


def fingerprint_of(
    properties: bytes, type_name: str, links: tuple[Link, ...], classifications: Mapping[str, dict[str, Any]]
) -> str:
    """A fingerprint of everything that an element states."""
    stated = properties + _encoder.encode((type_name, links, classifications))
    return blake2b(stated, digest_size=16).hexdigest()


@cache
def _can_be_end(kind: type[OpenMetadataRoot], relationship: str, end: int) -> bool:
    """True if a relationship type allows elements of a type at this end; unknown relationship types allow all."""
    known = RELATIONSHIPS.get(relationship)
    return known is None or issubclass(kind, type_named(known.end1 if end == 1 else known.end2))


def _wrong_end(element: Referenceable, link: Link) -> InvalidParameterError:
    known = RELATIONSHIPS[link.type_name]
    return InvalidParameterError(
        LINK_AT_WRONG_END,
        type_name=element.type_name(),
        name=element.qualified_name,
        end=2 if link.at_end1 else 1,
        relationship=link.type_name,
        end1=known.end1,
        end2=known.end2,
        meaning=known.meaning,
    )
