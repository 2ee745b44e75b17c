"""Valid and invalid values of the types that routes declare; the same random state gives the same values."""

import copy
import json
import random
from collections.abc import Sequence
from typing import Any

from msgspec import NODEFAULT, UNSET, inspect

NAMES = ("term", "term 2", "DataFile::/a", "files::/landing/", "é𝄞", "a'b\"c\\d", "*", "[z-a]", "%", "poison")
"""Names that elements and sources may have, and source keys: few, so that they meet again."""
GUIDS = ["nobody"] * 4
"""Of elements that are there: whoever sends the requests keeps them up to date."""
POOLS: dict[str, Sequence[Any]] = {
    "typeName": ("GlossaryTerm", "CSVFile", "Referenceable", "SemanticAssignment"),
    "metadataElementTypeName": ("GlossaryTerm", "Referenceable"),
    "change": ("put", "remove", "relate", "unrelate", "classify", "declassify", "purge"),
    "call": ("sources", "fingerprints", "apply", "get", "find", "relationships", "changes", "calls"),
    "classification": ("Confidentiality", "Memento"),
    "connectorName": ("monitor 0", "monitor 1"),
    "state": ("FAILED", "RUNNING"),
    "service": ("files-integrator",),
    "server": ("daemon", "metadata"),
    "operator": ("EQ", "LIKE"),
    "matchCriteria": ("ALL", "ANY"),
    "severity": ("Error", "Error,Action", "Info"),
    "updatedSince": ("2026-11-23T18:00:00Z", "2026-11-23"),
    "waitSeconds": (0, 1),
    "guids": GUIDS,
    "parentGUID": GUIDS,
    "metadataElement1GUID": GUIDS,
    "metadataElement2GUID": GUIDS,
}
"""Valid values of fields, by name."""
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 2**70, 10**300, -0.0, 0.5, 1e300, 5e-324, "",
    " ", "\x00", "a\x00b", "\n", "\ud800", "\udfff", "\ufffe", "𝄞", "é", "e\u0301", "\u202e", "x" * 5_000,
    "9" * 5_000, "-1", "1.5", "1e9", "NaN", "true", "null", "\u0661", "../../nowhere", "..", "%00", "%", "{0}",
    "{connector}", "${x}", "'--", '"', '""*', "\"a\" OR", "(", "*" * 500, "*a" * 60 + "b", "?" * 500, "[", "[z-a]",
    "[[:nope:]]", "a]b", "$.x", "`", "0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "2026-02-30", [], [[]],
    [None], [{}] * 20, {}, {"": {}}, {"a": {}}, {'a"b': 1}, {"\x00": 1}, {"class": 1},
    {"class": "MapTypePropertyValue", "mapValues": [1]},
    {"class": "ArrayTypePropertyValue", "arrayValues": {"propertyValueMap": {"x": {"primitiveValue": 1}}}},
    {"propertyValueMap": [1]}, {"propertyValueMap": {"qualifiedName": 5}}, {"conditions": ["x"]},
    {"conditions": [{"property": "qualifiedName", "value": {"a": {}}}]}, {"qualifiedName": "other"},
)  # fmt: skip
"""Values that something may come in place of."""
_NESTED = {f"nested {depth}": depth for depth in (5, 70, 400, 950, 3_000)}
"""Stand for values that are so many levels deep, which would be too many for Python."""
FRAGMENTS = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u0000", b"\\ud800", b"\\udc00", b"\xff", b"\x00",
    b"\xed\xa0\x80", b"NaN", b"1e999", b"-", b"\xef\xbb\xbf", b"9" * 5_000, b"[" * 900, b'{"a":' * 900,
    b"[" * 100_000, b"null", b" " * 500,
)  # fmt: skip
"""Fragments that are inserted into the text of a body."""


def valid(kind: inspect.Type, chance: random.Random, name: str = "") -> Any:
    """A value that is usually valid for the type."""
    if name in POOLS and chance.random() < 0.9:
        return chance.choice(POOLS[name])
    match kind:
        case inspect.UnionType():
            return valid(chance.choice(kind.types), chance, name)
        case inspect.StructType():
            return _struct(kind, chance)
        case inspect.ListType() | inspect.CollectionType() | inspect.VarTupleType():
            return [valid(kind.item_type, chance, name) for _ in range(chance.choice((0, 1, 1, 2, 5)))]
        case inspect.DictType():
            return _properties(chance)
        case inspect.IntType():
            return chance.choice((0, 1, 2, 100))
        case inspect.FloatType():
            return chance.choice((0.0, 1.5))
        case inspect.BoolType():
            return chance.random() < 0.5
        case inspect.NoneType():
            return None
        case inspect.DateTimeType():
            return "2026-11-23T18:00:00Z"
        case inspect.LiteralType():
            return chance.choice(kind.values)
        case inspect.EnumType():
            return chance.choice([each.value for each in kind.cls])
        case inspect.StrType():
            return chance.choice(NAMES)
    return _properties(chance)  # a value of any type


def _struct(kind: inspect.StructType, chance: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if kind.tag_field is not None:
        made[str(kind.tag_field)] = kind.tag
    for field in kind.fields:
        optional = field.default is not NODEFAULT or field.default_factory is not NODEFAULT
        if optional and (field.default is UNSET or chance.random() < 0.5):
            continue
        made[field.encode_name] = valid(field.type, chance, field.encode_name)
    if "qualifiedName" in made and isinstance(made.get("properties"), dict) and chance.random() < 0.8:
        made["properties"]["qualifiedName"] = made["qualifiedName"]
    return made


def _properties(chance: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {"qualifiedName": chance.choice(NAMES)}
    for name in chance.sample(("displayName", "description", "a", "additionalProperties"), chance.randrange(4)):
        values[name] = chance.choice((chance.choice(NAMES), 1, True, None, {"k": "v"}, [1, 2]))
    if chance.random() < 0.5:
        typed = {name: {"class": "PrimitiveTypePropertyValue", "primitiveValue": each} for name, each in values.items()}
        return {"class": "ElementProperties", "propertyValueMap": typed}
    return values


def mutated(value: Any, chance: random.Random) -> Any:
    """The value with a random change."""
    value = copy.deepcopy(value)
    holders = _holders(value)
    if not holders:
        return copy.deepcopy(chance.choice(NASTY))
    holder = chance.choice(holders)
    key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    match chance.randrange(8):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [holder[key]] * chance.choice((1, 3))
        case 2 if isinstance(holder, dict):
            holder[f"{key}{chance.choice('aZ_.$ é')}"] = holder.pop(key)
        case 3:
            holder[key] = chance.choice(list(_NESTED))
        case _:
            holder[key] = copy.deepcopy(chance.choice(NASTY))
    return value


def _holders(value: Any) -> list[Any]:
    found, ahead = [], [value]
    while ahead:
        each = ahead.pop()
        if isinstance(each, dict | list) and each:
            found.append(each)
            ahead += each.values() if isinstance(each, dict) else each
    return found


def text_of(value: Any) -> bytes:
    """The value as JSON."""
    text = json.dumps(value).encode()
    for name, depth in _NESTED.items():
        text = text.replace(json.dumps(name).encode(), b'{"a":' * depth + b"1" + b"}" * depth)
    return text


def damaged(text: bytes, chance: random.Random) -> bytes:
    """The text with a random change."""
    at = chance.randrange(len(text) + 1)
    match chance.randrange(4):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]
        case 2:
            return text[:at] + text[at:] * 2
    return text[:at] + chance.choice(FRAGMENTS) + text[at:]
