"""Comparing elements stated in order with the pages of a store."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metadata.sorted_diff import PART, SortedDiff

NAMES = st.text("ab/.é", min_size=1, max_size=4)
HOLDINGS = st.dictionaries(NAMES, st.sampled_from(["1", "2"]), max_size=12)


def paged(held: dict[str, str], size: int) -> SortedDiff:
    return SortedDiff(
        lambda after: dict(
            islice(((source_key, held[source_key]) for source_key in sorted(held) if source_key > after), size)
        )
    )


@given(held=HOLDINGS, stated=HOLDINGS, page=st.integers(1, 4))
def test_a_paged_comparison_equals_a_comparison_of_the_whole(
    held: dict[str, str], stated: dict[str, str], page: int
) -> None:
    comparison = paged(held, page)
    unchanged = {source_key for source_key in sorted(stated) if comparison.is_unchanged(source_key, stated[source_key])}
    comparison.finish()

    assert unchanged == {source_key for source_key in stated if held.get(source_key) == stated[source_key]}
    assert comparison.take_missing() == sorted(held.keys() - stated.keys())
    assert (comparison.known, comparison.unchanged) == (len(held), len(unchanged))


@given(held=HOLDINGS, page=st.integers(1, 4))
def test_unchecked_elements_are_not_reported_as_gone(held: dict[str, str], page: int) -> None:
    comparison = paged(held, page)
    comparison.keep_scope("a/")
    comparison.keep("b")
    comparison.finish()

    assert comparison.take_missing() == sorted(
        source_key for source_key in held if source_key != "b" and not source_key.startswith("a/")
    )


PARTS = [f"/a{PART}x", f"/a{PART}y"]
IN_PARTS = dict.fromkeys(["/a", *PARTS, "/b", f"/b{PART}x", "/c"], "1")
"""Elements and their parts, which count as properties of their elements."""


@pytest.mark.parametrize("page", [1, 2, 10])
def test_the_parts_of_an_unchanged_element_are_unchanged(page: int) -> None:
    comparison = paged(IN_PARTS, page)
    assert comparison.is_unchanged("/a", "1")
    assert comparison.take_parts("/a") == []
    comparison.finish()
    assert comparison.take_missing() == ["/b", f"/b{PART}x", "/c"]
    assert (comparison.known, comparison.unchanged) == (3, 1)


@pytest.mark.parametrize("page", [1, 2, 10])
def test_the_parts_of_a_changed_element_are_returned(page: int) -> None:
    comparison = paged(IN_PARTS, page)
    assert not comparison.is_unchanged("/a", "2")
    assert comparison.take_parts("/a") == PARTS
    assert not comparison.is_unchanged("/aa", "1")
    assert comparison.take_parts("/aa") == []
    comparison.keep_scope("/b")
    comparison.finish()
    assert comparison.take_missing() == ["/c"]
    assert (comparison.known, comparison.unchanged) == (3, 0)


@pytest.mark.parametrize("page", [1, 2, 10])
def test_the_stored_fingerprint_can_be_read_before_an_element_is_stated(page: int) -> None:
    comparison = paged({"/a": "1", "/b": "2", "/c": "3"}, page)
    assert comparison.held_at("/b") == "2"
    assert comparison.is_unchanged("/b", "2")
    assert comparison.held_at("/bb") is None
    comparison.keep_scope("/")
    assert comparison.take_missing() == ["/a"]
    assert (comparison.known, comparison.unchanged) == (3, 1)
