"""Converting the rows of a lineage query to a graph."""

from collections.abc import Callable, Sequence
from typing import Any

from services.metadata.element import ElementStatus
from services.metadata.lineage import LineageEdge, LineageGraph, LineageNode, LineageQuery

ROWS_FOR_EACH_NODE = 8
"""The rows that are followed in each direction, for each element of an answer: one for each distance that it has."""

Rows = Callable[[Sequence[int]], Sequence[Sequence[Any]]]
"""A query about elements with these ids."""


def lineage_graph(guid: str, query: LineageQuery, reached: Sequence[Any], wholes: Rows, between: Rows) -> LineageGraph:
    """The graph of reached elements, nearest first, one more than wanted if there are more.

    Each is a row of id, distance, guid, type, whether it is archived, qualified name, display name, name of its source,
    two ids of what it may be part of, and whether rows were left out. `wholes` returns ids, GUIDs and names,
    `between` a relationship's guid, type and the ids of its ends.
    """
    rows = reached[: query.limit]
    parts = {row[0]: row[8] or row[9] for row in rows}
    named = {row[0]: row[1:] for row in wholes(sorted({each for each in parts.values() if each is not None}))}
    nodes = {row[0]: _node(row, *named.get(parts[row[0]], ("", ""))) for row in rows}
    edges = [
        LineageEdge(guid=guid, type_name=kind, end1_guid=nodes[end1].guid, end2_guid=nodes[end2].guid)
        for guid, kind, end1, end2 in between(list(nodes))
    ]
    return LineageGraph(
        guid=guid,
        nodes=list(nodes.values()),
        edges=edges,
        is_truncated=len(reached) > query.limit or any(row[10] for row in rows[:1]),
    )


def _node(row: Sequence[Any], part_of: str, part_of_name: str) -> LineageNode:
    _, distance, guid, kind, archived, qualified_name, display_name, source, *_ = row
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
