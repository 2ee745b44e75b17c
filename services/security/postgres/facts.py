"""Facts for the conditions of rules: the protection of an element and, for a table, of its schema and database."""

from collections.abc import Iterable

import msgspec

from services.security.protection import Protection


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The protection of an element in the form that conditions of rules compare."""

    labels: frozenset[str] = frozenset()
    properties: dict[str, str] = {}
    level: int = 0
    """The highest level of confidentiality."""
    zones: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()


def facts_of(protections: Iterable[Protection]) -> Facts:
    """The facts of an element, whose own protection comes first."""
    found = list(protections)
    properties: dict[str, str] = {}
    for each in reversed(found):
        properties |= {name: str(value) for name, value in each.security_properties.items()}
    return Facts(
        labels=frozenset(label for each in found for label in each.security_labels),
        properties=properties,
        level=max((each.confidentiality_level or 0 for each in found), default=0),
        zones=frozenset(zone for each in found for zone in each.zones),
        owners=frozenset(each.owner for each in found if each.owner),
    )
