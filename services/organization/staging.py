"""One scan of a directory, kept in a temporary database until it is complete.

A directory tells of people and teams in an order of its own, and each refers to others that come later. So a scan is
first written down: references are resolved and both sides compared in order only when it is complete, and a scan that
broke off changes nothing. Memory does not grow with the number of people; it grows by a line for each team.

A staging may be kept for the next scan of a directory that tells what has changed: what is said stays as it was said,
and what follows from it is worked out anew (`resolve`).
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
CREATE TABLE said (relation TEXT, subject TEXT, object TEXT, PRIMARY KEY (relation, subject, object)) WITHOUT ROWID;
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
    SELECT subject, 'member', team FROM (SELECT subject, {team} AS team FROM said WHERE relation = 'belongs to')
    WHERE team IS NOT NULL;
INSERT OR IGNORE INTO appointment
    SELECT person, 'member', subject FROM (SELECT subject, {person} AS person FROM said WHERE relation = 'has member')
    WHERE person IS NOT NULL;
INSERT OR IGNORE INTO appointment
    SELECT person, 'leader', subject FROM (SELECT subject, {person} AS person FROM said WHERE relation = 'led by')
    WHERE person IS NOT NULL;
INSERT OR IGNORE INTO part
    SELECT team, subject FROM (SELECT subject, {team} AS team FROM said WHERE relation = 'has member')
    WHERE team <> subject;
INSERT OR IGNORE INTO part
    SELECT subject, team FROM (SELECT subject, {team} AS team FROM said WHERE relation = 'part of')
    WHERE team <> subject;
UPDATE person SET manager =
    (SELECT min(key) FROM name WHERE name = person.named_manager AND kind = 'person' AND key <> person.key)
    WHERE named_manager IS NOT NULL;
""".format(
    team="(SELECT min(key) FROM name WHERE name = said.object AND kind = 'team')",
    person="(SELECT min(key) FROM name WHERE name = said.object AND kind = 'person')",
)
"""Where two have the same name, the one with the lower key is meant, in whatever order they come."""
_UNRESOLVED = """
SELECT relation, subject, object, count(*) OVER () FROM said WHERE NOT EXISTS (
    SELECT * FROM name WHERE name.name = said.object AND name.kind IN (
        CASE relation WHEN 'belongs to' THEN 'team' WHEN 'part of' THEN 'team' ELSE 'person' END,
        CASE relation WHEN 'has member' THEN 'team' END))
LIMIT ?
"""


_SAID = {"person": ("belongs to", "reports to"), "team": ("part of", "led by", "has member")}
"""What a description says."""


class Kind(Enum):
    """What is staged; in the order of their source keys."""

    PERSON = "person"
    REPORTS = "reports"
    """The team of those who have the same manager."""
    TEAM = "team"


class Appointment(msgspec.Struct, frozen=True):
    """A role in a team."""

    role: str
    """`member` or `leader`."""
    kind: Kind
    team: str


class Staging:
    """A temporary database that is on disk as far as it is large, and gone when it is closed. All calls block."""

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
        """Write people down; returns the keys that were there before, whose first description stays."""
        again = []
        with self._database:
            for person in people:
                if not self._add(Kind.PERSON, person):
                    again.append(person.key)
                    continue
                self._rows("INSERT INTO person VALUES (?, ?, NULL)", person.key, person.manager)
                self._say("belongs to", person.key, person.teams)
                self._say("reports to", person.key, [person.manager] if person.manager is not None else [])
        return again

    def add_teams(self, teams: Sequence[TeamDescription]) -> list[str]:
        """Write teams down; returns the keys that were there before, whose first description stays."""
        again = []
        with self._database:
            for team in teams:
                if not self._add(Kind.TEAM, team):
                    again.append(team.key)
                    continue
                self._say("part of", team.key, team.part_of)
                self._say("led by", team.key, team.leaders)
                self._say("has member", team.key, team.members)
        return again

    def add_named_teams(self) -> None:
        """Add the teams that people name and that have no description."""
        names = [name for (name,) in self._rows("SELECT DISTINCT object FROM said WHERE relation = 'belongs to'")]
        self.add_teams([TeamDescription(key=name, name=name) for name in names])

    def resolve(self) -> None:
        """Resolve the references, when all is written down, and prepare for a comparison."""
        with self._database:
            self._database.execute("DELETE FROM changed")
            if not self._is_resolved:
                self._database.execute(_RESOLVE)
        self._is_resolved = True

    def unresolved(self, most: int) -> tuple[int, list[str]]:
        """The number of references that lead to nobody, and the first of them."""
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
        """A person who was written down."""
        return self._people.decode(self._content(Kind.PERSON, key))

    def team(self, key: str) -> TeamDescription:
        """A team that was written down."""
        return self._teams.decode(self._content(Kind.TEAM, key))

    def appointments(self, person: str) -> list[Appointment]:
        """The roles that a person has, in order."""
        found = [
            Appointment(role, Kind.TEAM, team)
            for role, team in self._rows("SELECT role, team FROM appointment WHERE person = ? ORDER BY 1, 2", person)
        ]
        for (manager,) in self._rows("SELECT manager FROM person WHERE key = ? AND manager IS NOT NULL", person):
            found.append(Appointment("member", Kind.REPORTS, manager))
        if next(self._rows("SELECT 1 FROM person WHERE manager = ? LIMIT 1", person), None) is not None:
            found.append(Appointment("leader", Kind.REPORTS, person))
        return found

    def wholes(self, team: str) -> list[str]:
        """The teams that a team is a part of, in order."""
        return [whole for (whole,) in self._rows("SELECT whole FROM part WHERE team = ? ORDER BY whole", team)]

    def parts(self) -> Iterator[tuple[str, str]]:
        """Each team that is a part, with the team it is a part of."""
        return self._rows("SELECT team, whole FROM part ORDER BY team, whole")

    def cut(self, team: str, whole: str) -> None:
        """Forget that a team is a part of another."""
        self._rows("DELETE FROM part WHERE team = ? AND whole = ?", team, whole)

    def keep(self, source_keys: Sequence[str]) -> None:
        """Write down what is neither stated nor gone."""
        with self._database:
            self._database.executemany("INSERT OR IGNORE INTO kept VALUES (?)", [(each,) for each in source_keys])

    def is_kept(self, source_key: str) -> bool:
        """True for what is neither stated nor gone."""
        return next(self._rows("SELECT 1 FROM kept WHERE source_key = ?", source_key), None) is not None

    def keep_no_longer(self, source_keys: Sequence[str]) -> None:
        """Take back what `keep` has written down."""
        with self._database:
            self._database.executemany("DELETE FROM kept WHERE source_key = ?", [(each,) for each in source_keys])

    def add_changed(self, source_key: str, kind: Kind, key: str, held: Sequence[str]) -> None:
        """Write down what differs from the catalogue, with the source keys of its catalogued parts."""
        self._rows("INSERT INTO changed VALUES (?, ?, ?, ?)", source_key, kind.value, key, msgspec.msgpack.encode(held))

    def changed(self, kind: Kind, after: str, most: int) -> list[tuple[str, str]]:
        """The source keys and keys of what differs, in order, after a source key."""
        return list(
            self._rows(
                "SELECT source_key, key FROM changed WHERE kind = ? AND source_key > ? ORDER BY source_key LIMIT ?",
                kind.value,
                after,
                most,
            )
        )

    def held(self, source_key: str) -> list[str] | None:
        """The source keys of the catalogued parts of what differs; none: it does not differ."""
        row = next(self._rows("SELECT held FROM changed WHERE source_key = ?", source_key), None)
        return None if row is None else msgspec.msgpack.decode(row[0], type=list[str])

    def identify(self, kind: Kind, entries: Iterable[tuple[bytes, str]]) -> None:
        """Write down under which identifiers the directory has people or teams, so that `forget` can find them."""
        with self._database:
            self._database.executemany(
                "INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", [(kind.value, each, key) for each, key in entries]
            )

    def number(self, kind: Kind) -> int:
        """How many identifiers are written down."""
        return int(next(self._rows("SELECT count(*) FROM entry WHERE kind = ?", kind.value))[0])

    def missing(self, kind: Kind, present: Iterable[bytes]) -> tuple[list[bytes], int]:
        """The identifiers that are not among those present, and the number of those present that are not known."""
        with self._database:
            self._database.execute("DELETE FROM listed")
            self._database.executemany("INSERT OR IGNORE INTO listed VALUES (?)", ((each,) for each in present))
        gone = self._rows("SELECT id FROM entry WHERE kind = ? AND id NOT IN (SELECT id FROM listed)", kind.value)
        unknown = "SELECT count(*) FROM listed WHERE id NOT IN (SELECT id FROM entry WHERE kind = ?)"
        return [bytes(each) for (each,) in gone], int(next(self._rows(unknown, kind.value))[0])

    def forget(self, kind: Kind, entries: Iterable[bytes]) -> list[str]:
        """Forget what was written down of people or teams; returns their keys."""
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
            return  # it could not be described
        description = self.person(key) if kind is Kind.PERSON else self.team(key)
        self._database.executemany(
            "DELETE FROM name WHERE name = ? AND kind = ? AND key = ?",
            [(name, kind.value, key) for name in {key, *description.other_names}],
        )
        self._rows("DELETE FROM described WHERE kind = ? AND key = ?", kind.value, key)
        for relation in _SAID[kind.value]:
            self._rows("DELETE FROM said WHERE relation = ? AND subject = ?", relation, key)
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

    def _say(self, relation: str, subject: str, objects: Sequence[str]) -> None:
        self._database.executemany(
            "INSERT OR IGNORE INTO said VALUES (?, ?, ?)", [(relation, subject, each) for each in objects]
        )

    def _content(self, kind: Kind, key: str) -> bytes:
        (content,) = next(self._rows("SELECT content FROM described WHERE kind = ? AND key = ?", kind.value, key))
        return bytes(content)

    def _rows(self, sql: str, *parameters: str | bytes | int | None) -> Iterator[tuple[Any, ...]]:
        return self._database.execute(sql, parameters)
