"""The difference between two documents as plain content, by path.

The members of a list are compared by their names, if all have one; their order is then ignored.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from audit.masking import MASK

NAMES = ("connectorName", "integrationServiceURLMarker", "integrationGroupQualifiedName", "catalogTargetName")
"""Fields that name the members of a list."""

Keys = tuple[str, ...]
"""The path of a value: names of fields, and names of list members in brackets."""


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One value that differs between two documents."""

    path: str
    old: Any = None
    """The value in the old document; null: absent."""
    new: Any = None
    """The value in the new document; null: absent."""


def differences(old: Any, new: Any, shown_old: Any, shown_new: Any) -> list[Difference]:
    """The values that differ between two documents. Secrets are compared, but not shown.

    `shown_old` and `shown_new` are the documents without their secrets.
    """
    return [
        Difference(path=_path(keys), old=_shown(old, shown_old, keys), new=_shown(new, shown_new, keys))
        for keys in _differing(old, new, ())
    ]


def _differing(old: Any, new: Any, keys: Keys) -> Iterator[Keys]:
    one, other = _members(old, keys), _members(new, keys)
    if one is None or other is None or type(old) is not type(new):
        if old != new or type(old) is not type(new):
            yield keys
        return
    for key in {**one, **other}:
        if key not in one or key not in other:
            yield (*keys, key)
        else:
            yield from _differing(one[key], other[key], (*keys, key))


def _members(value: Any, keys: Keys) -> dict[str, Any] | None:
    """The members of an object by field, and those of a list by name; none of any other value."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        return None
    return _places(value) if keys and keys[-1] == "places" else members_by_name(value)


def _places(value: list[Any]) -> dict[str, Any] | None:
    """The places of a template by their first values."""
    names = [next((str(name) for name in each.values()), None) for each in value if isinstance(each, dict)]
    return _by_name(value, names)


def members_by_name(value: list[Any]) -> dict[str, Any] | None:
    """The members of a list by their names in brackets; none if one has no name, or the name of another."""
    names = [next((each[name] for name in NAMES if name in each), None) for each in value if isinstance(each, dict)]
    return _by_name(value, names)


def _by_name(value: list[Any], names: list[Any]) -> dict[str, Any] | None:
    if len(names) != len(value) or None in names or len(set(names)) != len(names):
        return None
    return {f"[{name}]": each for name, each in zip(names, value, strict=True)}


def _shown(value: Any, shown: Any, keys: Keys) -> Any:
    """The value at a path, masked if it is a secret; none if absent."""
    for number, key in enumerate(keys):
        members, may_be_seen = _members(value, keys[:number]), _members(shown, keys[:number])
        if members is None or key not in members:
            return None
        value = members[key]
        shown = MASK if may_be_seen is None else may_be_seen.get(key, MASK)
    return shown


def _path(keys: Keys) -> str:
    return "".join(key if key.startswith("[") else f".{key}" for key in keys).removeprefix(".") or "$"
