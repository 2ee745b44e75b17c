"""A dry run counts and names the changes it would make, given the elements that were read."""

from datetime import UTC, datetime

import pytest

from services.framework.dry_run import DryRun, SupposedChanges, current_dry_run, dry_run
from services.metadata.changes import (
    Batch,
    Change,
    Classify,
    Declassify,
    Outcome,
    Purge,
    Put,
    Relate,
    Remove,
    Unrelate,
)
from services.metadata.mapping import to_put
from services.metadata.sorted_diff import PART
from services.metadata.types.files import DataFile


def put(name: str) -> Put:
    return to_put(DataFile(qualified_name=f"file {name}"), source_key=name)


def suppose(run: DryRun, *changes: Change, source: str = "source") -> Outcome:
    return run.suppose(Batch(user="npa", metadata_source=source, changes=changes))


def test_a_dry_run_counts_elements_it_has_read_as_updates_and_others_as_creations() -> None:
    run = DryRun()
    run.note_read("source", "/", {"/a": "1", "/b": "1"})
    run.note_read("source", "/", {"/c": "1"})
    run.note_read("other", "/", {"/d": "1"})

    assert suppose(run, put("/a"), put("/c"), put("/d")) == Outcome(created=1, updated=2)
    assert suppose(run, put("/a"), put("/d"), source="other") == Outcome(created=1, updated=1)

    assert run.changes.outcome == Outcome(created=2, updated=3)
    assert run.changes.created == ["file /d", "file /a"]
    assert run.changes.updated == ["file /a", "file /c", "file /d"]


def test_an_element_with_the_fingerprint_that_was_read_is_unchanged() -> None:
    run = DryRun()
    run.note_read("source", "/", {"/a": put("/a").fingerprint, "/b": "another"})

    assert suppose(run, put("/a"), put("/b")) == Outcome(updated=1, unchanged=1)
    assert run.changes.updated == ["file /b"]


def test_classifications_and_relationships_count_as_updates() -> None:
    run = DryRun()
    outcome = suppose(
        run,
        Classify(qualified_name="a", classification="Tagged"),
        Declassify(qualified_name="b", classification="Tagged"),
        Relate(type_name="NestedFile", end1="c", end2="d"),
        Unrelate(type_name="NestedFile", end1="e", end2="f"),
    )
    assert outcome == Outcome(updated=4)
    assert run.changes.updated == ["a", "b", "c - d", "e - f"]


def test_removals_are_named_by_source_key_and_a_purge_is_not_counted() -> None:
    run = DryRun()
    purge = Purge(scope="/", archived_before=datetime.now(UTC))
    assert suppose(run, Remove(source_key="/a"), purge, Remove(source_key="/b")) == Outcome(removed=2)
    assert run.changes == SupposedChanges(outcome=Outcome(removed=2), removed=["/a", "/b"])


def test_an_element_is_named_once_and_its_parts_are_not_named() -> None:
    run = DryRun()
    part = f"/a{PART}column"
    assert suppose(run, put("/a"), put(part), put("/a"), Remove(source_key=part)) == Outcome(created=3, removed=1)
    assert (run.changes.created, run.changes.removed) == (["file /a"], [])


def test_all_changes_are_counted_and_the_first_20_of_each_kind_named() -> None:
    run = DryRun()
    keys = [f"/{number:02}" for number in range(25)]
    suppose(run, *(put(key) for key in keys))
    suppose(run, *(Remove(source_key=key) for key in keys))
    assert run.changes.outcome == Outcome(created=25, removed=25)
    assert run.changes.created == [f"file {key}" for key in keys[:20]]
    assert run.changes.removed == keys[:20]


def test_changes_supposed_in_a_connectors_process_are_added() -> None:
    run = DryRun()
    suppose(run, *(put(f"/{number:02}") for number in range(15)))
    theirs = SupposedChanges(
        outcome=Outcome(created=10, updated=1, removed=1),
        created=[f"theirs {number}" for number in range(10)],
        updated=["updated"],
        removed=["removed"],
    )
    run.add(theirs)
    assert run.changes.outcome == Outcome(created=25, updated=1, removed=1)
    assert run.changes.created[15:] == ["theirs 0", "theirs 1", "theirs 2", "theirs 3", "theirs 4"]
    assert (run.changes.updated, run.changes.removed) == (["updated"], ["removed"])


def test_a_dry_run_ends_with_its_block_even_on_an_exception() -> None:
    def fails() -> None:
        with dry_run() as run:
            assert current_dry_run() is run
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fails()
    assert current_dry_run() is None
