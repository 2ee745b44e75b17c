"""Every store refuses, with a clear error, values that it could not return and conditions that it cannot evaluate."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.errors import InvalidParameterError
from services.metadata.changes import Batch, Change, Classify, Put, Query, Relate
from services.metadata.element import MetadataSource
from services.metadata.store import MetadataStore
from tests.contracts.stores import store

__all__ = ["store"]  # the fixture


def put(name: str, properties: bytes, **more: Any) -> Put:
    return Put(
        type_name=more.pop("type_name", "GlossaryTerm"),
        qualified_name=name,
        source_key=more.pop("source_key", name),
        fingerprint="1",
        properties=msgspec.Raw(properties),
        **more,
    )


GOOD = put("good", b'{"qualifiedName": "good"}')
BAD: tuple[Change, ...] = (
    put("bad", b'{"qualifiedName": "bad", "x": 1e999}'),
    put("bad", b'{"qualifiedName": "bad", "x": %s}' % (b"9" * 5_000)),
    put("bad", b'{"qualifiedName": "bad", "x": 9223372036854775808}'),
    put("bad", b'{"qualifiedName": "bad", "x": "\xed\xa0\x80"}'),
    put("bad", b'{"qualifiedName": "bad", "x": %s1%s}' % (b"[" * 900, b"]" * 900)),
    put("bad", b'{"qualifiedName": "another"}'),
    put("bad", b"{}"),
    put("bad", b'{"qualifiedName": "bad"}', source_key=""),
    put("bad", b'{"qualifiedName": "bad"}', type_name="Nothing"),
    put("bad", b'{"qualifiedName": "bad"}', classifications={"Confidentiality": {"level": 2**70}}),
    Relate(type_name="SemanticAssignment", end1="good", end2="good", properties={"x": -(2**63) - 1}),
    Classify(qualified_name="good", classification="Confidentiality", properties={"x": [2**63]}),
)


async def test_a_change_that_could_not_be_read_back_is_rejected_alone(store: MetadataStore) -> None:
    for change in BAD:
        outcome = await store.apply(Batch(user="npa", changes=[change, GOOD]))
        assert (outcome.created + outcome.unchanged, len(outcome.rejected)) == (1, 1), change
    assert [(each.qualified_name, each.version) for each in await store.find(Query())] == [("good", 1)]


UNANSWERABLE = (
    Query(start_from=2**63),
    Query(start_from=-1),
    Query(page_size=2**70),
    Query(text="a\x00b"),
    Query(name_pattern="\x00*"),
    Query(name_pattern="*" * 60_000),
    Query(text="a " * 60_000),
    Query(qualified_name="a\x00b"),
    Query(metadata_source="a\x00b"),
    Query(property_values={"a": {}}),
    Query(property_values={"a": [1]}),
    Query(property_values={"a": 2**70}),
    Query(property_values={"a\x00": 1}),
    Query(property_values={"a": "b\x00"}),
    Query(updated_since=datetime(1, 1, 1)),
)


async def test_a_query_with_an_impossible_condition_is_refused(store: MetadataStore) -> None:
    for query in UNANSWERABLE:
        with pytest.raises(InvalidParameterError):
            await store.find(query)
    assert await store.find(Query(text="x", name_pattern="*", updated_since=datetime(1, 1, 1, tzinfo=UTC))) == []


async def test_odd_patterns_match_nothing_or_are_refused(store: MetadataStore) -> None:
    await store.apply(Batch(user="npa", changes=[GOOD]))
    for pattern in ("[z-a]", "[[:nope:]]", "[", "a]b", "[^]", "\\", "(", "?", "[]"):
        try:
            assert await store.find(Query(name_pattern=pattern)) == []
        except InvalidParameterError:
            continue
    assert len(await store.find(Query(name_pattern="*" * 50))) == 1


async def test_a_query_finds_properties_with_unusual_names(store: MetadataStore) -> None:
    for name in ('a"b', "a\\b", "a.b", "[0]", "$", "'", ""):
        properties = msgspec.json.encode({"qualifiedName": name + "odd", name: "x"})
        await store.apply(Batch(user="npa", changes=[put(name + "odd", properties), GOOD]))
        found = await store.find(Query(property_values={name: "x"}))
        assert [each.qualified_name for each in found] == [name + "odd"]


async def test_an_impossible_page_is_refused(store: MetadataStore) -> None:
    for after, limit in ((0, -1), (0, 0), (-1, 1), (2**63, 1), (0, 2**63)):
        with pytest.raises(InvalidParameterError):
            await store.changes(after, limit)


async def test_an_invalid_source_is_refused(store: MetadataStore) -> None:
    for source in (MetadataSource(""), MetadataSource("a", type_name="Nothing")):
        with pytest.raises(InvalidParameterError):
            await store.register_source(source, user="npa")
