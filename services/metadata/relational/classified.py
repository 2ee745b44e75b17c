"""Which classifications of an element are its source's statement, and which were given to it by others.

A source states an element with all that it knows, time and again. What people and other programs add to the element in
between, as its confidentiality, is not for the source to take away.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.metadata.relational.tables import ChangedElement, Classified

_encode = msgspec.json.Encoder().encode


def with_given(stated: ChangedElement, before: Classified) -> ChangedElement:
    """An element that is stated anew, with the classifications that it was given, except those that are stated."""
    now = _decoded(stated.classifications)
    there = _decoded(before.classifications)
    kept = {name: there[name] for name in _names(before) if name in there and name not in now}
    classifications, given = _encoded({**now, **kept}, list(kept))
    return stated._replace(classifications=classifications, given=given)


def classified(before: Classified, added: Mapping[str, Any], taken_off: str | None) -> Classified | None:
    """The classifications of an element that is given some, and of which one is taken off; `None`: as before."""
    there = _decoded(before.classifications)
    after = {name: value for name, value in {**there, **added}.items() if name != taken_off}
    given = [name for name in dict.fromkeys([*_names(before), *added]) if name in after]
    if after == there and given == _names(before):
        return None
    return _encoded(after, given)


def _encoded(classifications: Mapping[str, Any], given: list[str]) -> Classified:
    return Classified(
        _encode(classifications).decode() if classifications else None, _encode(given).decode() if given else None
    )


def _names(value: Classified) -> list[str]:
    return msgspec.json.decode(value.given, type=list[str]) if value.given else []


def _decoded(text: str | None) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any]) if text else {}
