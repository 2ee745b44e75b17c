"""The asterisks of a document that is sent back stand for the stored secrets, or are refused."""

from typing import Any

import pytest

from audit.masking import MASK, masked
from integration_daemon.config.stored_secrets import with_stored_secrets

URL = "postgresql://me:hush@host/db"
SHOWN_URL = f"postgresql://me:{MASK}@host/db"


def kept(sent: Any, stored: Any) -> tuple[Any, list[str]]:
    return with_stored_secrets(sent, stored, masked(stored))


def connector(name: str, password: str, **more: Any) -> dict[str, Any]:
    return {"connectorName": name, "clearPassword": password, **more}


@pytest.mark.parametrize(
    ("sent", "stored", "expected"),
    [
        ({"password": MASK, "x": 2}, {"password": "hush", "x": 1}, {"password": "hush", "x": 2}),
        ({"password": "new"}, {"password": "hush"}, {"password": "new"}),
        ({"address": SHOWN_URL}, {"address": URL}, {"address": URL}),
        ({"password": MASK}, {"password": {"value": "hush"}}, {"password": {"value": "hush"}}),
        ({"text": MASK}, {"text": MASK}, {"text": MASK}),
        (
            [connector("b", MASK), connector("a", MASK, x=1)],
            [connector("a", "one"), connector("b", "two")],
            [connector("b", "two"), connector("a", "one", x=1)],
        ),
        ([{"password": MASK}, 1], [1, {"password": "hush"}], [{"password": "hush"}, 1]),
        ([{"to": 2, "password": MASK}] * 2, [{"to": 2, "password": "x"}] * 2, [{"to": 2, "password": "x"}] * 2),
    ],
)
def test_a_mask_stands_for_the_secret_that_is_stored_at_its_place(sent: Any, stored: Any, expected: Any) -> None:
    assert kept(sent, stored) == (expected, [])


@pytest.mark.parametrize(
    ("sent", "stored", "place"),
    [
        ({"password": MASK}, {}, "$.password"),
        ({"description": MASK}, {"password": "hush"}, "$.description"),
        ({"address": SHOWN_URL.replace("host", "elsewhere")}, {"address": URL}, "$.address"),
        ([connector("c", MASK)], [connector("a", "one")], "$[0].clearPassword"),
        # without names, a secret must not get to another place than its own
        ([{"to": "b", "password": MASK}], [{"to": "a", "password": "hush"}], "$[0].password"),
        ([{"password": MASK}], [{"password": "one"}, {"password": "two"}], None),
    ],
)
def test_a_mask_that_stands_for_no_stored_secret_is_named(sent: Any, stored: Any, place: str | None) -> None:
    content, unknown = kept(sent, stored)
    assert unknown == ([] if place is None else [place])
    assert ("one" in str(content)) is (place is None)
