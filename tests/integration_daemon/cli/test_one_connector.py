"""`status NAME`: what a program gets as several values is told to people in words."""

import io

import pytest
from rich.console import Console

from integration_daemon.cli.one_connector import connector_shown
from integration_daemon.client import ConnectorDetail
from integration_daemon.rest.native.connector_answers import ShownLoopUse, ShownRemoval

SINCE = "2026-01-02T03:04:05.000+00:00"


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in which no line is broken."""
    monkeypatch.setenv("COLUMNS", "300")


def shown(connector: ConnectorDetail) -> str:
    out = Console(file=io.StringIO(), width=300)
    out.print(connector_shown(connector))
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (ShownLoopUse(times=1, seconds=2.04), "held 1 time, for 2.0 s in total "),
        (ShownLoopUse(times=3, seconds=4.2, moved_to_process=True), "in total; it was moved to its own process "),
        (ShownLoopUse(times=2, seconds=4.2, put_off_until=SINCE), "; its refresh is postponed until 2026-01-0"),
    ],
)
def test_the_use_of_the_event_loop_is_told_in_words(use: ShownLoopUse, words: str) -> None:
    text = shown(ConnectorDetail(connector_name="wards", event_loop=use))
    assert words in text
    assert "{" not in text


def test_held_deletions_and_labels_are_told_in_words() -> None:
    held = ShownRemoval(scope="/data", count=40, known=61, sample=["/data/a"], since=SINCE, rejected=True)
    text = shown(ConnectorDetail(connector_name="wards", labels=["clinical", "north"], deletions=[held]))
    assert "clinical, north " in text
    assert "40 of 61 elements in /data, rejected " in text
