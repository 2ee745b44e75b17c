"""Filters of SCIM find what they describe, and those that are none are refused."""

from typing import Any

import pytest

from services.organization.scim.filter import DEEPEST, MOST_COMPARISONS, parsed_filter
from services.organization.scim.matching import matches
from services.organization.scim.refusal import ScimRefusedError
from services.organization.scim.resources import ENTERPRISE
from services.organization.scim.schema import USERS

ANN: dict[str, Any] = {
    "id": "A1",
    "externalId": "X1",
    "userName": "Ann@Example.org",
    "name": {"familyName": "O'Malley", "givenName": "Ann"},
    "active": True,
    "emails": [{"value": "ann@example.org", "type": "work", "primary": True}, {"value": "a@home.org", "type": "home"}],
    "meta": {"lastModified": "2026-11-26T08:00:00Z", "version": 'W/"1"'},
    ENTERPRISE: {"department": "Trials", "manager": {"value": "B2"}},
}


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ('userName eq "ann@example.ORG"', True),
        ('username EQ "ann@example.org"', True),
        ('externalId eq "x1"', False),
        ('externalId eq "X1"', True),
        ('id ne "A1"', False),
        ('name.familyName co "malley"', True),
        ('name.familyName sw "O\'M"', True),
        ('name.familyName ew "Mall"', False),
        ("title pr", False),
        ("name pr and emails pr and name.givenName pr", True),
        ("active eq true", True),
        ('active eq "True"', True),
        ("active ne true", False),
        ('title ne "Head"', True),
        ("title eq null", True),
        ("userName ne null", True),
        ('emails co "home.org"', True),
        ('emails.type eq "WORK"', True),
        ('emails[type eq "work" and value ew "example.org"]', True),
        ('emails[type eq "home" and value ew "example.org"]', False),
        ('emails[not (type eq "work")]', True),
        ('emails[type eq "other" or primary eq true]', True),
        ('meta.lastModified gt "2026-11-26T07:59:59Z"', True),
        ('meta.lastModified ge "2026-11-26T09:00:00+01:00"', True),
        ('meta.lastModified lt "2026-11-26T08:00:00.000Z"', False),
        ('meta.lastModified le "yesterday"', False),
        (f'{ENTERPRISE}:department eq "trials"', True),
        (f'{ENTERPRISE}:manager.value eq "B2"', True),
        (f'{ENTERPRISE}:manager eq "B2"', True),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName sw "ann"', True),
        ('urn:example:other:userName sw "ann"', False),
        ('salary gt 7 or not (userName sw "bo")', True),
        ('userName eq "b" or userName eq "ann@example.org" and active eq false', False),
        ('(userName eq "b" or userName sw "ann") and active eq true', True),
        ('userName gt "ANM" and userName lt "ANO"', True),
        ('name.familyName eq "O\\u0027Malley"', True),
    ],
)
def test_a_filter_finds_what_it_describes(text: str, is_found: bool) -> None:
    assert matches(parsed_filter(text), USERS, ANN) is is_found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("userName", "cut off"),
        ("userName eq", "cut off"),
        ('userName is "x"', "no operator"),
        ("userName eq x", "no value in JSON"),
        ('userName eq "x', "does not end"),
        ('userName eq "x" userName', "was not expected"),
        ('(userName eq "x"', "is missing"),
        ('emails[type eq "x"', "is missing"),
        ("not userName pr", r"'\(' was expected"),
        ('../etc eq "x"', "no attribute"),
        ("(" * (DEEPEST + 2) + "id pr" + ")" * (DEEPEST + 2), "nested more than"),
        ("emails[" * (DEEPEST + 2), "nested more than"),
        (" or ".join(["id pr"] * (MOST_COMPARISONS + 1)), "comparisons"),
        ("id pr or " * 1_000, "characters"),
    ],
)
def test_what_is_no_filter_is_refused_with_the_reason(text: str, problem: str) -> None:
    with pytest.raises(ScimRefusedError, match=problem) as refused:
        parsed_filter(text)
    assert refused.value.scim_type == "invalidFilter"
