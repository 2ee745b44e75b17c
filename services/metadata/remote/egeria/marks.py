"""The mark by which this program recognizes an element at the server: one of its additional properties.

With it, the elements of a metadata source can be read back from the server alone, without other records.
"""

from typing import Any

import msgspec

from services.metadata.changes import Link, Put
from services.metadata.remote.egeria.names import canonical
from services.metadata.remote.egeria.values import all_decoded, all_encoded, decoded
from services.metadata.remote.egeria.vocabulary import Vocabulary, as_texts
from services.metadata.remote.egeria.wire import EgeriaElement, Values

MARK = "integrationDaemon"
_ADDITIONAL = "additionalProperties"
NOTE_OF_LINKS = "LatestChange"
"""The classification by which some servers record a new relationship of an element."""
_INTERNAL = frozenset({NOTE_OF_LINKS, "Anchors"})
"""Classifications that the server assigns itself."""


class Mark(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Values that a connector stated and that the server's types have no property for."""

    source_key: str
    type_name: str
    """The element's type in this program, which the server may not have."""
    fingerprint: str = ""
    """Empty until everything that the element states is at the server; until then, the element counts as changed."""
    proofs: tuple[str, ...] = ()
    """Classifications at the server without which the element counts as changed, because it received its fingerprint
    before it was complete."""
    links: tuple[Link, ...] = ()
    classifications: dict[str, dict[str, Any]] = {}
    texts: tuple[str, ...] = ()
    """Names of the other additional properties that are properties of the type in this program: texts ..."""
    values: tuple[str, ...] = ()
    """... and values in JSON."""


class Held(msgspec.Struct, frozen=True, gc=False):
    """An element of a metadata source, as an entry of the source's listing."""

    guid: str
    type_name: str
    """Its type at the server."""
    name: str
    source_key: str
    fingerprint: str
    mark: str
    """Its encoded `Mark`; empty if another program created the element."""


_encode = msgspec.json.Encoder(order="deterministic").encode
_decoder = msgspec.json.Decoder(Mark)


def mark_in(encoded: str) -> Mark | None:
    """Decode a mark; `None` if it is missing or invalid."""
    try:
        return _decoder.decode(encoded) if encoded else None
    except (msgspec.MsgspecError, RecursionError):
        return None


def mark_of(put: Put) -> Mark:
    """The mark of a stated element, with its fingerprint."""
    return Mark(
        source_key=put.source_key,
        type_name=put.type_name,
        fingerprint=put.fingerprint,
        links=put.links,
        classifications=put.classifications,
    )


def marked_properties(put: Put, mark: Mark, vocabulary: Vocabulary, name: str) -> dict[str, Any]:
    """The properties of an element in the server's vocabulary, including the mark."""
    properties: dict[str, Any] = msgspec.json.decode(put.properties)
    theirs, others = vocabulary.divided(put.type_name, properties)
    others.pop(_ADDITIONAL, None)
    texts = tuple(key for key, value in others.items() if isinstance(value, str))
    values = tuple(key for key, value in others.items() if value is not None and not isinstance(value, str))
    noted = _encode(msgspec.structs.replace(mark, texts=texts, values=values)).decode()
    kept = {key: others[key] for key in (*texts, *values)}
    theirs[_ADDITIONAL] = as_texts({**(theirs.get(_ADDITIONAL) or {}), **kept, MARK: noted})
    theirs["qualifiedName"] = name
    return theirs


def in_servers_form(put: Put, mark: Mark, vocabulary: Vocabulary, name: str) -> Values:
    """`marked_properties`, in the server's encoding."""
    return all_encoded(marked_properties(put, mark, vocabulary, name))


def held_from(element: EgeriaElement, *, is_foreign: bool) -> Held | None:
    """The entry of an element in a listing; `None` if it has no source key.

    `is_foreign` is true for elements of a metadata source, which another program may write too. The source keys of
    their unmarked files and folders are the paths.
    """
    properties = element.element_properties.property_value_map
    encoded = _additional(element).get(MARK, "")
    mark = mark_in(encoded)
    if mark is not None:
        source_key = mark.source_key
    elif is_foreign:
        source_key = _place_of(element)
    else:
        source_key = ""
    if not source_key:
        return None
    if mark is not None and not {each.classification_name for each in element.classifications}.issuperset(mark.proofs):
        mark = msgspec.structs.replace(mark, fingerprint="")
        encoded = _encode(mark).decode()
    return Held(
        guid=element.element_guid,
        type_name=element.type.type_name,
        name=str(decoded(properties.get("qualifiedName", {})) or ""),
        source_key=source_key,
        fingerprint=mark.fingerprint if mark is not None else "",
        mark=encoded if mark is not None else "",
    )


def content_of(element: EgeriaElement, vocabulary: Vocabulary) -> tuple[str, dict[str, Any], dict[str, dict[str, Any]]]:
    """The type, properties and classifications of an element, as a connector stated them."""
    properties = all_decoded(element.element_properties.property_value_map)
    additional = properties.pop(_ADDITIONAL, None) or {}
    mark = mark_in(additional.pop(MARK, ""))
    names = {each.classification_name for each in element.classifications}
    type_name = vocabulary.type_from(element.type.type_name, names) if mark is None else mark.type_name
    restored = vocabulary.restored(type_name, properties) if mark is not None else properties
    for name in mark.texts if mark is not None else ():
        restored[name] = additional.pop(name, "")
    for name in mark.values if mark is not None else ():
        restored[name] = msgspec.json.decode(additional.pop(name, "null"))
    if additional:
        restored[_ADDITIONAL] = additional
    classifications = {
        vocabulary.classification_from(each.classification_name): all_decoded(
            each.classification_properties.property_value_map
        )
        for each in element.classifications
        if each.classification_name not in _INTERNAL
    }
    return type_name, restored, classifications


def same_links(one: tuple[Link, ...], other: tuple[Link, ...]) -> bool:
    """True if two elements state the same relationships."""
    return {_encode(each) for each in one} == {_encode(each) for each in other}


def name_of_link(link: Link) -> str:
    """The canonical name of the element that a link leads to."""
    return canonical(link.qualified_name)


def _additional(element: EgeriaElement) -> dict[str, str]:
    value = element.element_properties.property_value_map.get(_ADDITIONAL)
    found = decoded(value) if value else None
    return found if isinstance(found, dict) else {}


def _place_of(element: EgeriaElement) -> str:
    kinds = (element.type.type_name, *element.type.super_type_names)
    path = decoded(element.element_properties.property_value_map.get("pathName", {}))
    if not isinstance(path, str) or not path:
        return ""
    if "FileFolder" in kinds:
        return path if path.endswith("/") else path + "/"
    return path if "DataFile" in kinds else ""
