"""Type checks on a connector's changes, made before they are batched with those of other connectors.

A Struct does not validate its fields, and one transaction or request may hold the changes of many connectors.
"""

from typing import get_type_hints

import msgspec
import trio

from services.metadata.changes import Batch, Change, Link, Put

CHANGES_AT_ONCE = 500
"""Number of changes checked in one slice of the event loop, which takes about a millisecond."""
_KINDS: tuple[type, ...] = Change.__args__
_TEXTS = {
    kind: tuple(name for name, annotation in get_type_hints(kind).items() if annotation is str) for kind in _KINDS
}
"""The fields of each change that are strings."""


class _Object(msgspec.Struct, gc=False):
    """Any JSON object; its content is ignored."""


_PROPERTIES = msgspec.json.Decoder(_Object)


async def well_formed(batch: Batch) -> Batch:
    """The batch, with its changes in a list. Raises `TypeError` or `ValueError` for a malformed change."""
    changes = list(batch.changes)
    for number, change in enumerate(changes, 1):
        _require_change(change)
        if number % CHANGES_AT_ONCE == 0:
            await trio.lowlevel.checkpoint()
    return msgspec.structs.replace(batch, changes=changes)


def _require_change(change: object) -> None:
    kind = type(change)
    texts = _TEXTS.get(kind)
    if texts is None:
        raise TypeError(f"a change is one of {', '.join(each.__name__ for each in _KINDS)}, not {kind.__name__}")
    for name in texts:
        if type(text := getattr(change, name)) is not str:
            raise TypeError(f"{name} of a {kind.__name__} is a string, not {type(text).__name__}")
    if isinstance(change, Put):
        _require_put(change)


def _require_put(put: Put) -> None:
    if not isinstance(put.links, tuple | list) or any(type(link) is not Link for link in put.links):
        raise TypeError(f"the links of {put.qualified_name!r} are not a tuple of objects of class Link")
    if type(put.properties) is not msgspec.Raw:
        raise TypeError(f"properties of a Put are of class msgspec.Raw, not {type(put.properties).__name__}")
    try:
        _PROPERTIES.decode(put.properties)
    except msgspec.DecodeError as error:
        raise ValueError(f"the properties of {put.qualified_name!r} are not a JSON object: {error}") from None
