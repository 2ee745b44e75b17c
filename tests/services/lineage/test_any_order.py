"""The same events end in the same graph: in any order, several times, in any batches, with restarts between them."""

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.metadata.changes import Batch, Link
from services.metadata.mapping import to_put
from services.metadata.types.relational import RelationalColumn, RelationalTable
from tests.services.lineage.lineage_events import Graph, catalogue, cataloguer, event, graph_in, made_from

NAMES = (("postgres://db:5432", "hospital.public.visits"), ("s3", "monday"), ("s3", "tuesday"), ("file", "/data/a.csv"))
TABLE = "RelationalTable::db:5432::hospital::public::visits"
REAL = [
    to_put(RelationalTable(qualified_name=TABLE)),
    to_put(
        RelationalColumn(qualified_name=f"RelationalColumn::{TABLE.partition('::')[2]}::a"),
        links=[Link("NestedSchemaAttribute", TABLE)],
    ),
]
fields = st.sampled_from("ab")
data_sets = st.builds(
    lambda name, facets: {"namespace": name[0], "name": name[1], "facets": facets},
    st.sampled_from(NAMES),
    st.one_of(
        st.just({}),
        st.builds(
            lambda column, source, field: made_from({column: [(*source, field)]}),
            fields,
            st.sampled_from(NAMES),
            fields,
        ),
        st.builds(lambda names: {"schema": {"fields": [{"name": each} for each in names]}}, st.sets(fields)),
    ),
)
events = st.builds(
    event,
    st.sampled_from(["load", "report"]),
    st.sampled_from([None, *"123456"]),
    st.sampled_from(["START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER", None]),
    at=st.integers(0, 8),
    inputs=st.lists(data_sets, max_size=2),
    outputs=st.lists(data_sets, max_size=2),
    facets=st.sampled_from([{}, {"documentation": {"description": "x"}}, {"documentation": {"description": "y"}}]),
    parent=st.sampled_from([None, "nightly", "weekly"]),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Events, and the same in batches that arrive in another order, some of them twice."""
    first = draw(st.lists(events, min_size=2, max_size=10))
    again = draw(st.permutations([*first, *draw(st.lists(st.sampled_from(first), max_size=3))]))
    cuts = [0, *sorted(draw(st.sets(st.integers(1, len(again) - 1), max_size=3))), len(again)]
    return first, [list(again[a:b]) for a, b in pairwise(cuts)]


async def graph_of(batches: list[list[dict[str, Any]]], directory: Path) -> Graph:
    """The graph after batches of events, with a restart before each."""
    found = None
    for batch in batches:
        async with cataloguer(directory) as running:
            if found is None:
                await running.store.apply(Batch(user="npa", metadata_source="another", changes=REAL))
            await catalogue(running, *batch)
            found = await graph_in(running.store)
    assert found is not None
    return found


def made(directory: str, name: str) -> Path:
    """A directory in another."""
    path = Path(directory) / name
    path.mkdir()
    return path


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_the_same_events_in_any_order_end_in_the_same_graph(
    history: tuple[list[dict[str, Any]], list[list[dict[str, Any]]]],
) -> None:
    once, batches = history
    with tempfile.TemporaryDirectory() as directory:
        expected = trio.run(graph_of, [once], made(directory, "a"))
        found = trio.run(graph_of, batches, made(directory, "b"))
    assert found == expected
