"""Staging of one scan of a directory in a temporary database until the scan is complete.

A directory returns people and teams in any order, and a description may refer to people and teams that follow it. So a
scan is stored first. References are resolved, and both sides compared in order, only when the scan is complete; an
interrupted scan changes nothing. Memory use does not grow with the number of people, only with the number of teams.

A staging may be kept for the next scan of a directory that lists changes: the stored descriptions remain, and the
references are resolved again (`resolve`).
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any

import apsw
import msgspec

from services.organization.description import PersonDescription, TeamDescription

_SCHEMA = """
CREATE TABLE person (key TEXT PRIMARY KEY, named_manager TEXT, manager TEXT) WITHOUT ROWID;
CREATE TABLE described (kind TEXT, key TEXT, content BLOB NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE name (name TEXT, kind TEXT, key TEXT, PRIMARY KEY (name, kind, key)) WITHOUT ROWID;
CREATE TABLE entry (kind TEXT, id BLOB, key TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE listed (id BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE link (relation TEXT, subject TEXT, object TEXT, PRIMARY KEY (relation, subject, object)) WITHOUT ROWID;
CREATE TABLE appointment (person TEXT, role TEXT, team TEXT, PRIMARY KEY (person, role, team)) WITHOUT ROWID;
CREATE TABLE part (team TEXT, whole TEXT, PRIMARY KEY (team, whole)) WITHOUT ROWID;
CREATE TABLE kept (source_key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE changed (source_key TEXT PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, held BLOB) WITHOUT ROWID;
CREATE INDEX by_manager ON person (manager);
"""
_RESOLVE = """
DELETE FROM appointment;
DELETE FROM part;
UPDATE person SET manager = NULL WHERE manager IS NOT NULL;
INSERT OR IGNORE INTO appointment
    SELECT subject, 'member', team FROM (SELECT subject, {team} AS team FROM link WHERE relation = 'belongs to')
    WHERE team IS NOT NULL;
INSERT OR IGNORE INTO appointment
    SELECT person, 'member', subject FROM (SELECT subject, {person} AS person FROM link WHERE relation = 'has member')
    WHERE person IS NOT NULL;
INSERT OR IGNORE INTO appointment
    SELECT person, 'leader', subject FROM (SELECT subject, {person} AS person FROM link WHERE relation = 'led by')
    WHERE person IS NOT NULL;
INSERT OR IGNORE INTO part
    SELECT team, subject FROM (SELECT subject, {team} AS team FROM link WHERE relation = 'has member')
    WHERE team <> subject;
INSERT OR IGNORE INTO part
    SELECT subject, team FROM (SELECT subject, {team} AS team FROM link WHERE relation = 'part of')
    WHERE team <> subject;
UPDATE person SET manager =
    (SELECT min(key) FROM name WHERE name = person.named_manager AND kind = 'person' AND key <> person.key)
    WHERE named_manager IS NOT NULL;
""".format(
    team="(SELECT min(key) FROM name WHERE name = link.object AND kind = 'team')",
    person="(SELECT min(key) FROM name WHERE name = link.object AND kind = 'person')",
)
"""A name that several people or teams share refers to the one with the lowest key, independent of their order."""
_UNRESOLVED = """
SELECT relation, subject, object, count(*) OVER () FROM link WHERE NOT EXISTS (
    SELECT * FROM name WHERE name.name = link.object AND name.kind IN (
        CASE relation WHEN 'belongs to' THEN 'team' WHEN 'part of' THEN 'team' ELSE 'person' END,
        CASE relation WHEN 'has member' THEN 'team' END))
LIMIT ?
"""


_RELATIONS = {"person": ("belongs to", "reports to"), "team": ("part of", "led by", "has member")}
"""The relations in the descriptions of people and teams."""


class Kind(Enum):
    """The kinds of staged elements, in the order of their source keys."""

    PERSON = "person"
    REPORTS = "reports"
    """The team of the people who have the same manager."""
    TEAM = "team"


class Appointment(msgspec.Struct, frozen=True):
    """A role in a team."""

    role: str
    """`member` or `leader`."""
    kind: Kind
    team: str


class Staging:
    """A temporary database, which uses the disk if it is large, and which `close` removes. All calls block."""

    def __init__(self) -> None:
        self._database = apsw.Connection("")
        self._database.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000")
        self._database.execute(_SCHEMA)
        self._people = msgspec.msgpack.Decoder(PersonDescription)
        self._teams = msgspec.msgpack.Decoder(TeamDescription)
        self._is_resolved = False

    def close(self) -> None:
        """Remove the database."""
        self._database.close()

    def add_people(self, people: Sequence[PersonDescription]) -> list[str]:
        """Store people. Returns the keys that were stored before; for these, the first description is kept."""
        again = []
        with self._database:
            for person in people:
                if not self._add(Kind.PERSON, person):
                    again.append(person.key)
                    continue
                self._rows("INSERT INTO person VALUES (?, ?, NULL)", person.key, person.manager)
                self._relate("belongs to", person.key, person.teams)
                self._relate("reports to", person.key, [person.manager] if person.manager is not None else [])
        return again

    def add_teams(self, teams: Sequence[TeamDescription]) -> list[str]:
        """Store teams. Returns the keys that were stored before; for these, the first description is kept."""
        again = []
        with self._database:
            for team in teams:
                if not self._add(Kind.TEAM, team):
                    again.append(team.key)
                    continue
                self._relate("part of", team.key, team.part_of)
                self._relate("led by", team.key, team.leaders)
                self._relate("has member", team.key, team.members)
        return again

    def add_named_teams(self) -> None:
        """Add the teams that people refer to and that have no description."""
        names = [name for (name,) in self._rows("SELECT DISTINCT object FROM link WHERE relation = 'belongs to'")]
        self.add_teams([TeamDescription(key=name, name=name) for name in names])

    def resolve(self) -> None:
        """Resolve the references after everything is stored, and prepare for a comparison."""
        with self._database:
            self._database.execute("DELETE FROM changed")
            if not self._is_resolved:
                self._database.execute(_RESOLVE)
        self._is_resolved = True

    def unresolved(self, most: int) -> tuple[int, list[str]]:
        """The number of references that cannot be resolved, and the first `most` of them."""
        found = list(self._rows(_UNRESOLVED, most))
        return found[0][3] if found else 0, [f"{subject} {relation} {named}" for relation, subject, named, _ in found]

    def keys(self, kind: Kind) -> Iterator[str]:
        """The keys of one kind, in order."""
        if kind is Kind.REPORTS:
            rows = self._rows("SELECT DISTINCT manager FROM person WHERE manager IS NOT NULL ORDER BY manager")
        else:
            rows = self._rows("SELECT key FROM described WHERE kind = ? ORDER BY key", kind.value)
        return (key for (key,) in rows)

    def person(self, key: str) -> PersonDescription:
        """A stored person."""
        return self._people.decode(self._content(Kind.PERSON, key))

    def team(self, key: str) -> TeamDescription:
        """A stored team."""
        return self._teams.decode(self._content(Kind.TEAM, key))

    def appointments(self, person: str) -> list[Appointment]:
        """The roles of a person, in order."""
        found = [
            Appointment(role, Kind.TEAM, team)
            for role, team in self._rows("SELECT role, team FROM appointment WHERE person = ? ORDER BY 1, 2", person)
        ]
        for (manager,) in self._rows("SELECT manager FROM person WHERE key = ? AND manager IS NOT NULL", person):
            found.append(Appointment("member", Kind.REPORTS, manager))
        if next(self._rows("SELECT 1 FROM person WHERE manager = ? LIMIT 1", person), None) is not None:
            found.append(Appointment("leader", Kind.REPORTS, person))
        return found

    def parent_teams(self, team: str) -> list[str]:
        """The teams that a team is a part of, in order."""
        return [whole for (whole,) in self._rows("SELECT whole FROM part WHERE team = ? ORDER BY whole", team)]

    def memberships_of_teams(self) -> Iterator[tuple[str, str]]:
        """Pairs of a team and a team that it is a part of."""
        return self._rows("SELECT team, whole FROM part ORDER BY team, whole")

    def remove_from_team(self, team: str, whole: str) -> None:
        """Remove the relation that a team is a part of another."""
        self._rows("DELETE FROM part WHERE team = ? AND whole = ?", team, whole)

    def retain(self, source_keys: Sequence[str]) -> None:
        """Store the source keys of elements that are neither stated nor gone."""
        with self._database:
            self._database.executemany("INSERT OR IGNORE INTO kept VALUES (?)", [(each,) for each in source_keys])

    def is_retained(self, source_key: str) -> bool:
        """True for the source key of an element that is neither stated nor gone."""
        return next(self._rows("SELECT 1 FROM kept WHERE source_key = ?", source_key), None) is not None

    def release(self, source_keys: Sequence[str]) -> None:
        """Remove source keys that `retain` has stored."""
        with self._database:
            self._database.executemany("DELETE FROM kept WHERE source_key = ?", [(each,) for each in source_keys])

    def add_changed(self, source_key: str, kind: Kind, key: str, held: Sequence[str]) -> None:
        """Store an element that differs from the catalogue, with the source keys of its catalogued parts."""
        self._rows("INSERT INTO changed VALUES (?, ?, ?, ?)", source_key, kind.value, key, msgspec.msgpack.encode(held))

    def changed(self, kind: Kind, after: str, most: int) -> list[tuple[str, str]]:
        """The source keys and keys of up to `most` differing elements after a source key, in order."""
        return list(
            self._rows(
                "SELECT source_key, key FROM changed WHERE kind = ? AND source_key > ? ORDER BY source_key LIMIT ?",
                kind.value,
                after,
                most,
            )
        )

    def held(self, source_key: str) -> list[str] | None:
        """The source keys of the catalogued parts of an element that differs; `None` if it does not differ."""
        row = next(self._rows("SELECT held FROM changed WHERE source_key = ?", source_key), None)
        return None if row is None else msgspec.msgpack.decode(row[0], type=list[str])

    def identify(self, kind: Kind, entries: Iterable[tuple[bytes, str]]) -> None:
        """Store the directory's identifiers of people or teams, with their keys, for `forget`."""
        with self._database:
            self._database.executemany(
                "INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", [(kind.value, each, key) for each, key in entries]
            )

    def number(self, kind: Kind) -> int:
        """The number of stored identifiers."""
        return int(next(self._rows("SELECT count(*) FROM entry WHERE kind = ?", kind.value))[0])

    def missing(self, kind: Kind, present: Iterable[bytes]) -> tuple[list[bytes], int]:
        """The stored identifiers that are not in `present`, and the number of identifiers in `present` not stored."""
        with self._database:
            self._database.execute("DELETE FROM listed")
            self._database.executemany("INSERT OR IGNORE INTO listed VALUES (?)", ((each,) for each in present))
        missing = self._rows("SELECT id FROM entry WHERE kind = ? AND id NOT IN (SELECT id FROM listed)", kind.value)
        unknown = "SELECT count(*) FROM listed WHERE id NOT IN (SELECT id FROM entry WHERE kind = ?)"
        return [bytes(each) for (each,) in missing], int(next(self._rows(unknown, kind.value))[0])

    def forget(self, kind: Kind, entries: Iterable[bytes]) -> list[str]:
        """Remove people or teams by their identifiers; returns their keys."""
        keys = []
        with self._database:
            for each in entries:
                known = self._rows("DELETE FROM entry WHERE kind = ? AND id = ? RETURNING key", kind.value, each)
                for (key,) in list(known):
                    keys.append(key)
                    self._forget(kind, key)
        self._is_resolved &= not keys
        return keys

    def _forget(self, kind: Kind, key: str) -> None:
        if next(self._rows("SELECT 1 FROM described WHERE kind = ? AND key = ?", kind.value, key), None) is None:
            return  # an invalid entry without a description
        description = self.person(key) if kind is Kind.PERSON else self.team(key)
        self._database.executemany(
            "DELETE FROM name WHERE name = ? AND kind = ? AND key = ?",
            [(name, kind.value, key) for name in {key, *description.other_names}],
        )
        self._rows("DELETE FROM described WHERE kind = ? AND key = ?", kind.value, key)
        for relation in _RELATIONS[kind.value]:
            self._rows("DELETE FROM link WHERE relation = ? AND subject = ?", relation, key)
        if kind is Kind.PERSON:
            self._rows("DELETE FROM person WHERE key = ?", key)

    def _add(self, kind: Kind, description: PersonDescription | TeamDescription) -> bool:
        known = self._rows("SELECT 1 FROM described WHERE kind = ? AND key = ?", kind.value, description.key)
        if next(known, None) is not None:
            return False
        self._is_resolved = False
        content = msgspec.msgpack.encode(description)
        self._rows("INSERT INTO described VALUES (?, ?, ?)", kind.value, description.key, content)
        names = {description.key, *description.other_names}
        self._database.executemany(
            "INSERT OR IGNORE INTO name VALUES (?, ?, ?)", [(name, kind.value, description.key) for name in names]
        )
        return True

    def _relate(self, relation: str, subject: str, objects: Sequence[str]) -> None:
        self._database.executemany(
            "INSERT OR IGNORE INTO link VALUES (?, ?, ?)", [(relation, subject, each) for each in objects]
        )

    def _content(self, kind: Kind, key: str) -> bytes:
        (content,) = next(self._rows("SELECT content FROM described WHERE kind = ? AND key = ?", kind.value, key))
        return bytes(content)

    def _rows(self, sql: str, *parameters: str | bytes | int | None) -> Iterator[tuple[Any, ...]]:
        return self._database.execute(sql, parameters)
