"""The difference between two documents."""

from typing import Any

import pytest

from integration_daemon.config.difference import differences
from integration_daemon.config.versions import MOST_BYTES, MOST_VERSIONS, How, Version, within_bounds


def connectors(*names: str, **fields: Any) -> dict[str, Any]:
    return {"connectors": [{"connectorName": name, **fields} for name in names]}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": {"b": "x"}}, {"a": {"b": "y", "c": 1}}, [("a.b", "x", "y"), ("a.c", None, 1)]),
        ({"a": 1}, {}, [("a", 1, None)]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [("a", [1, 2], [1, 3])]),
        ({"a": {}}, {"a": []}, [("a", {}, [])]),
        (connectors("x", "y"), connectors("y"), [("connectors[x]", {"connectorName": "x"}, None)]),
        (connectors("y"), connectors("x", "y"), [("connectors[x]", None, {"connectorName": "x"})]),
        (connectors("x", at=1), connectors("x", at=2), [("connectors[x].at", 1, 2)]),
        (connectors("x", "y"), connectors("y", "x"), []),
        ({"a": [{"connectorName": "x"}] * 2}, {"a": []}, [("a", [{"connectorName": "x"}] * 2, [])]),
        (
            {"places": [{"at": "x", "port": 1}, {"at": "y", "port": 1}]},
            {"places": [{"at": "y", "port": 2}, {"at": "x", "port": 1}, {"at": "z"}]},
            [("places[y].port", 1, 2), ("places[z]", None, {"at": "z"})],
        ),
        (1, 2, [("$", 1, 2)]),
    ],
)  # fmt: skip
def test_a_difference_has_the_path_and_both_values(old: Any, new: Any, expected: list[tuple[str, Any, Any]]) -> None:
    found = differences(old, new, old, new)
    assert [(each.path, each.old, each.new) for each in found] == expected


def test_secrets_are_compared_and_not_shown() -> None:
    old, new = {"p": {"password": "one"}, "q": {"s": "1"}}, {"p": {"password": "two"}, "q": {"s": "2"}}
    shown = {"p": {"password": "********"}, "q": "********"}
    found = differences(old, new, shown, shown)
    assert {each.path for each in found} == {"p.password", "q.s"}
    assert "one" not in repr(found)
    assert {each.old for each in found} == {"********"}


def version(number: int, size: int) -> Version:
    return Version(number=number, time="2026-11-26T12:00:00Z", how=How.STARTED, size=size)  # type: ignore[arg-type]


def test_the_oldest_versions_are_dropped_first() -> None:
    many = [version(number, 1) for number in range(1, MOST_VERSIONS + 6)]
    assert within_bounds(many) == many[5:]
    large = [version(number, MOST_BYTES // 2) for number in range(1, 6)]
    assert within_bounds(large) == large[3:]
    too_large = [version(number, MOST_BYTES) for number in range(1, 6)]
    assert within_bounds(too_large) == too_large[3:]


def test_the_version_in_effect_is_not_dropped() -> None:
    many = [version(number, 1) for number in range(1, MOST_VERSIONS + 6)]
    assert within_bounds(many, 3) == [many[2], *many[5:]]
    assert within_bounds(many, 7) == many[5:]
