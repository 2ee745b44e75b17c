"""Conversion of rows of tables to people and teams."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from services.organization.description import (
    ContactDescription,
    PersonDescription,
    TeamDescription,
    UserIdDescription,
)
from services.organization.table_file import Row

PEOPLE_COLUMNS = (
    "id",
    "name",
    "givenNames",
    "surname",
    "email",
    "phone",
    "jobTitle",
    "employeeNumber",
    "manager",
    "teams",
    "userIds",
    "left",
)
TEAM_COLUMNS = ("id", "name", "parent", "leader", "description")
LONGEST_KEY = 500
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")


class RowProblem(msgspec.Struct, frozen=True):
    """A row that is not catalogued."""

    line: int
    problem: str
    key: str = ""
    """The key of the person or team; empty: not known."""


def person_of(row: Row) -> PersonDescription | RowProblem:
    """The person of a row."""
    values = row.values
    if problem := _problem_of(row):
        return problem
    name = values.get("name") or " ".join(filter(None, (values.get("givenNames"), values.get("surname"))))
    if not name:
        return RowProblem(row.line, "it has no name", values["id"])
    try:
        left = _time(values["left"]) if "left" in values else None
    except ValueError:
        return RowProblem(row.line, "the date in its column left is not like 2026-11-26", values["id"])
    methods = (("EMAIL", "email"), ("PHONE", "phone"))
    return PersonDescription(
        key=values["id"],
        name=name,
        given_names=values.get("givenNames"),
        surname=values.get("surname"),
        job_title=values.get("jobTitle"),
        employee_number=values.get("employeeNumber"),
        contacts=[
            ContactDescription(method=method, value=each) for method, name in methods for each in _list(row, name)
        ],
        user_ids=[UserIdDescription(user_id=each) for each in _list(row, "userIds")],
        manager=values.get("manager"),
        teams=_list(row, "teams"),
        left=left,
    )


def team_of(row: Row) -> TeamDescription | RowProblem:
    """The team of a row."""
    values = row.values
    if problem := _problem_of(row):
        return problem
    return TeamDescription(
        key=values["id"],
        name=values.get("name", values["id"]),
        description=values.get("description"),
        part_of=_list(row, "parent"),
        leaders=_list(row, "leader"),
    )


def _problem_of(row: Row) -> RowProblem | None:
    if row.problem:
        return RowProblem(row.line, row.problem)
    key = row.values.get("id", "")
    if not key:
        return RowProblem(row.line, "it has no id")
    if len(key) > LONGEST_KEY:
        return RowProblem(row.line, f"its id is longer than {LONGEST_KEY} characters")
    if any(_CONTROL_CHARACTERS.search(value) for value in row.values.values()):
        return RowProblem(
            row.line, "it has a control character or a line end in it", "" if not key.isprintable() else key
        )
    return None


def _list(row: Row, column: str) -> list[str]:
    return list(_parts(row.values.get(column, "")))


def _parts(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split(";") if part.strip())


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
