"""Lineage as a store answers it: the elements that data comes from or goes to, and the relationships between them."""

from collections.abc import Sequence
from enum import Enum
from heapq import nsmallest
from typing import Annotated

import msgspec

from services.metadata.element import ElementStatus

LINEAGE = ("DataFlow", "ControlFlow", "ProcessCall", "LineageMapping")
"""The relationship types that lineage follows, from end 1 to end 2."""
MOST_STEPS = 100
MOST_NODES = 1_000
"""In one answer: of these, the nearest."""
MOST_EDGES = 20_000
"""In one answer: of these, those between the nearest elements."""


FEW = 1_000
"""Relationships of an element that are all read to find those between some elements."""
GREATEST_ID = 2**63 - 1


class Direction(Enum):
    """Where lineage is followed to."""

    UPSTREAM = "upstream"
    """To what an element is made from."""
    DOWNSTREAM = "downstream"
    """To what is made from it."""
    BOTH = "both"


class LineageQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How far to follow the lineage of an element."""

    direction: Direction = Direction.BOTH
    depth: Annotated[int, msgspec.Meta(ge=1, le=MOST_STEPS)] = 10
    """Maximum number of relationships between the element and another. A process between two tables makes it two."""
    columns: bool = False
    """True: the lineage of the element's columns is followed as well."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_NODES)] = MOST_NODES
    """Maximum number of elements in the answer."""

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions, of which each is followed by itself."""
        return (Direction.UPSTREAM, Direction.DOWNSTREAM) if self.direction is Direction.BOTH else (self.direction,)


class LineageNode(msgspec.Struct, gc=False, kw_only=True, rename="camel", omit_defaults=True):
    """An element in a lineage graph."""

    guid: str
    type_name: str
    qualified_name: str
    display_name: str
    """Its display name, or else its qualified name."""
    metadata_source: str = ""
    status: ElementStatus = ElementStatus.ACTIVE
    """Archived elements are part of the lineage."""
    distance: int
    """The least number of relationships to the element that was asked for; 0 for its columns, too."""
    part_of: str = ""
    """Of a column or a table, the GUID of the table or asset that it belongs to."""
    part_of_name: str = ""


class LineageEdge(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A relationship in a lineage graph: data, or control, goes from end 1 to end 2."""

    guid: str
    type_name: str
    end1_guid: str
    end2_guid: str


class LineageGraph(msgspec.Struct, kw_only=True, rename="camel"):
    """The elements that were reached, nearest first, and the lineage relationships between them."""

    guid: str
    """The element that was asked for."""
    nodes: list[LineageNode]
    """Empty if there is no such element."""
    edges: list[LineageEdge]
    is_truncated: bool
    """True if there are more elements within the depth than the limit allows, or too many relationships."""


def graph_of(guid: str, nodes: list[LineageNode], edges: Sequence[LineageEdge], *, is_truncated: bool) -> LineageGraph:
    """A graph, without the farthest relationships if there are too many."""
    distances = {each.guid: each.distance for each in nodes}
    kept = nsmallest(MOST_EDGES, edges, key=lambda each: max(distances[each.end1_guid], distances[each.end2_guid]))
    is_truncated = is_truncated or len(edges) > MOST_EDGES
    return LineageGraph(guid=guid, nodes=nodes, edges=kept, is_truncated=is_truncated)
