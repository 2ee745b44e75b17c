"""Lineage from the tables: one recursive query finds the nearest elements, and three more read their details.

The query visits each element once, regardless of its distances; these are computed from the relationships between the
found elements. Nearer elements are found first, so that the shortest path to each found element is complete.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Any

from services.metadata.element import ElementStatus
from services.metadata.lineage import (
    MOST_EDGES,
    Direction,
    LineageEdge,
    LineageGraph,
    LineageNode,
    LineageQuery,
    graph_of,
)

Rows = Callable[[Sequence[int]], Sequence[Sequence[Any]]]
"""A query for the elements with these ids."""


class LineageRows:
    """The queries for the reached elements."""

    def __init__(self, between: Rows, nodes: Rows, wholes: Rows) -> None:
        self.between = between
        """For each relationship: guid, type and the ids of its ends; at most `MOST_EDGES` + 1. An element without a
        relationship is left out of the graph."""
        self.nodes = nodes
        """For each element: id, guid, type, whether it is archived, qualified name, display name, name of its source,
        and the id of its whole."""
        self.wholes = wholes
        """For each element: id, guid and name."""


def lineage_graph(guid: str, query: LineageQuery, reached: Iterable[Sequence[Any]], rows: LineageRows) -> LineageGraph:
    """The graph of the reached elements; each row has `start`, `upstream` or `downstream`, and an element's id."""
    ids: dict[str, list[int]] = defaultdict(list)
    for kind, element in reached:
        ids[kind].append(element)
    in_turn = zip_longest(*ids.values())  # nearest first
    between = rows.between(list(dict.fromkeys(each for found in in_turn for each in found if each is not None)))
    distances = dict.fromkeys(ids["start"], 0)
    for direction in query.directions:
        for element, distance in _distances(ids["start"], between, direction).items():
            if distance <= query.depth:
                distances[element] = min(distance, distances.get(element, distance))
    nearest = sorted(distances, key=lambda element: (distances[element], element))
    kept = nearest[: query.limit]
    is_cut = len(nearest) > query.limit or len(between) > MOST_EDGES
    details = {row[0]: row for row in rows.nodes(kept)}
    parts_of = sorted({row[7] for row in details.values() if row[7] is not None})
    wholes = {row[0]: row[1:] for row in rows.wholes(parts_of)}
    nodes = {
        element: _node(details[element], distances[element], *wholes.get(details[element][7], ("", "")))
        for element in kept
    }
    edges = [
        LineageEdge(guid=guid, type_name=kind, end1_guid=nodes[end1].guid, end2_guid=nodes[end2].guid)
        for guid, kind, end1, end2 in between
        if end1 in nodes and end2 in nodes
    ]
    return graph_of(guid, list(nodes.values()), edges, is_truncated=is_cut)


def _distances(start: Iterable[int], between: Iterable[Sequence[Any]], direction: Direction) -> dict[int, int]:
    """The least number of relationships to each element, in one direction."""
    ways: dict[int, list[int]] = defaultdict(list)
    for _, _, end1, end2 in between:
        near_end, far_end = (end2, end1) if direction is Direction.UPSTREAM else (end1, end2)
        ways[near_end].append(far_end)
    distances = dict.fromkeys(start, 0)
    ahead = list(distances)
    for element in ahead:  # the list grows meanwhile
        for far_end in ways[element]:
            if far_end not in distances:
                distances[far_end] = distances[element] + 1
                ahead.append(far_end)
    return distances


def _node(row: Sequence[Any], distance: int, part_of: str, part_of_name: str) -> LineageNode:
    _, guid, kind, archived, qualified_name, display_name, source, _ = row
    return LineageNode(
        guid=guid,
        type_name=kind,
        qualified_name=qualified_name,
        display_name=display_name or qualified_name,
        metadata_source=source,
        status=ElementStatus.ARCHIVED if archived else ElementStatus.ACTIVE,
        distance=distance,
        part_of=part_of,
        part_of_name=part_of_name,
    )
