"""Distinguishes the classifications that an element's source states from those that others add.

A source states its elements completely and repeatedly. It must not remove classifications that users and other programs
have added in the meantime, such as the confidentiality of an element.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.metadata.relational.tables import ChangedElement, Classified

_encode = msgspec.json.Encoder().encode


def with_given(stated: ChangedElement, before: Classified) -> ChangedElement:
    """An element that is stated again, with its added classifications, except those that are now stated."""
    now = _decoded(stated.classifications)
    stored = _decoded(before.classifications)
    kept = {name: stored[name] for name in _names(before) if name in stored and name not in now}
    classifications, given = _encoded({**now, **kept}, list(kept))
    return stated._replace(classifications=classifications, given=given)


def classified(before: Classified, added: Mapping[str, Any], taken_off: str | None) -> Classified | None:
    """The classifications after adding some and removing one; `None` if nothing changes."""
    stored = _decoded(before.classifications)
    after = {name: value for name, value in {**stored, **added}.items() if name != taken_off}
    given = [name for name in dict.fromkeys([*_names(before), *added]) if name in after]
    if after == stored and given == _names(before):
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
