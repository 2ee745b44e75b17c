"""Lineage queries and their results: the elements that data comes from or goes to, and their relationships."""

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
"""Maximum number of elements in a response; the nearest ones are kept."""
MOST_EDGES = 20_000
"""Maximum number of relationships in a response; those between the nearest elements are kept."""


FEW = 1_000
"""Number of relationships of an element up to which all of them are read to find those between given elements."""
GREATEST_ID = 2**63 - 1


class Direction(Enum):
    """The direction in which lineage is followed."""

    UPSTREAM = "upstream"
    """The elements from which an element is made."""
    DOWNSTREAM = "downstream"
    """The elements that are made from an element."""
    BOTH = "both"


class LineageQuery(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The direction and the limits of a lineage query."""

    direction: Direction = Direction.BOTH
    depth: Annotated[int, msgspec.Meta(ge=1, le=MOST_STEPS)] = 10
    """Maximum number of relationships between the element and another. A process between two tables makes it two."""
    columns: bool = False
    """True: the lineage of the element's columns is followed as well."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_NODES)] = MOST_NODES
    """Maximum number of elements in the response."""

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions to follow one by one."""
        return (Direction.UPSTREAM, Direction.DOWNSTREAM) if self.direction is Direction.BOTH else (self.direction,)


class LineageNode(msgspec.Struct, gc=False, kw_only=True, rename="camel", omit_defaults=True):
    """An element in a lineage graph."""

    guid: str
    type_name: str
    qualified_name: str
    display_name: str
    """Its display name, or its qualified name if it has none."""
    metadata_source: str = ""
    status: ElementStatus = ElementStatus.ACTIVE
    """Archived elements are part of the lineage."""
    distance: int
    """The least number of relationships to the queried element; 0 also for its columns."""
    part_of: str = ""
    """The GUID of the table or asset that a column or table belongs to."""
    part_of_name: str = ""


class LineageEdge(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A relationship in a lineage graph: data or control flows from end 1 to end 2."""

    guid: str
    type_name: str
    end1_guid: str
    end2_guid: str


class LineageGraph(msgspec.Struct, kw_only=True, rename="camel"):
    """The reached elements, nearest first, and the lineage relationships between them."""

    guid: str
    """The queried element."""
    nodes: list[LineageNode]
    """Empty if the element does not exist."""
    edges: list[LineageEdge]
    is_truncated: bool
    """True if there are more elements within the depth than the limit allows, or too many relationships."""


def graph_of(guid: str, nodes: list[LineageNode], edges: Sequence[LineageEdge], *, is_truncated: bool) -> LineageGraph:
    """A graph without the farthest relationships if it has more than `MOST_EDGES`."""
    distances = {each.guid: each.distance for each in nodes}
    kept = nsmallest(MOST_EDGES, edges, key=lambda each: max(distances[each.end1_guid], distances[each.end2_guid]))
    is_truncated = is_truncated or len(edges) > MOST_EDGES
    return LineageGraph(guid=guid, nodes=nodes, edges=kept, is_truncated=is_truncated)
