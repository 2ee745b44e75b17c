"""Classifications that are not of the form that their types give them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.metadata.element import ElementRecord, ElementStatus
from services.security.protection import Protection, protection_of


def classified(**classifications: dict[str, Any]) -> ElementRecord:
    return ElementRecord(
        guid="1",
        type_name="CSVFile",
        status=ElementStatus.ACTIVE,
        version=1,
        created_by="npa",
        create_time=datetime.now(UTC),
        classifications=classifications,
        properties={"qualifiedName": "a"},
    )


@pytest.mark.parametrize(
    ("classification", "name", "value"),
    [
        ("SecurityTags", "accessGroups", {"doctors": "read"}),
        ("SecurityTags", "accessGroups", ["doctors"]),
        ("SecurityTags", "securityLabels", "pii"),
        ("SecurityTags", "securityProperties", ["x"]),
        ("Confidentiality", "levelIdentifier", "high"),
        ("Confidentiality", "statusIdentifier", {"ordinal": 1}),
        ("ZoneMembership", "zoneMembership", "trials"),
        ("Ownership", "owner", 7),
    ],
)
def test_a_property_of_another_form_is_left_out_and_named(classification: str, name: str, value: Any) -> None:
    found = protection_of(classified(**{classification: {name: value}}))

    assert found == Protection(unreadable=(f"{classification}.{name}",))


def test_a_property_that_cannot_be_read_hides_no_other() -> None:
    tags = {"securityLabels": ["b", "a", "b"], "accessGroups": 1}
    found = protection_of(classified(SecurityTags=tags, Confidentiality={"levelIdentifier": "4"}))

    assert found == Protection(
        security_labels=("a", "b"), confidentiality_level=4, unreadable=("SecurityTags.accessGroups",)
    )


def test_old_and_new_zones_count_together() -> None:
    both = {"ZoneMembership": {"zoneMembership": ["b"]}, "AssetZoneMembership": {"zoneMembership": ["a", "b"]}}

    assert protection_of(classified(**both)) == Protection(zones=("a", "b"))
