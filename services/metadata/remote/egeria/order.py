"""The order in which the elements of a batch are created: targets of links come first."""

from collections.abc import Iterator, Sequence

from services.metadata.changes import Put
from services.metadata.remote.egeria.names import canonical


def in_order(puts: Sequence[Put]) -> Iterator[list[Put]]:
    """Divide elements into groups: the links of each lead only to earlier groups, to itself, or outside the batch.

    Of two puts of one element, the later is never in a group before the earlier.
    """
    left = [(put, canonical(put.qualified_name), _led_to(put)) for put in puts]
    while left:
        names = {name for _, name, _ in left}
        group: list[Put] = []
        later = []
        waiting: set[str] = set()
        for each in left:
            put, name, led_to = each
            if (led_to - {name}) & names or put.source_key in waiting:
                waiting.add(put.source_key)
                later.append(each)
            else:
                group.append(put)
        if not group:  # the links form a cycle
            group, later = [put for put, _, _ in later], []
        yield group
        left = later


def _led_to(put: Put) -> set[str]:
    return {canonical(link.qualified_name) for link in put.links}
