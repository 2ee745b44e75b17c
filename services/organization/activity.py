"""Comparison of people's activity in open metadata with the attributes of their entries in a directory.

    ContributionRecord ── Contributor ── Person ─▶ facts by person ─┐
    entries of people ─▶ the values of their attributes ────────────┴▶ differences

Both sides are stored in a temporary database, so memory use does not grow with the number of people.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import apsw
import msgspec

from services.metadata.element import ElementRecord

KARMA_POINTS, CONTRIBUTIONS, LAST_ACTIVITY = "karmaPoints", "contributions", "lastActivity"
FACTS = {
    KARMA_POINTS: "the sum of the points of all contribution records of a person",
    CONTRIBUTIONS: "the number of contribution records",
    LAST_ACTIVITY: "the time of the last change of one of these records, such as 20261126102331Z",
}
"""Facts about a person that can be written to a directory."""
_SCHEMA = """
CREATE TABLE entry (key TEXT PRIMARY KEY, dn TEXT NOT NULL, id BLOB NOT NULL, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE known (key TEXT PRIMARY KEY, karma INTEGER, number INTEGER, last TEXT) WITHOUT ROWID;
"""


class Contribution(NamedTuple):
    """One contribution record of the person with this key in the directory."""

    key: str
    karma_points: int
    last: str


class PersonEntry(NamedTuple):
    """An entry of the directory, with the values of the attributes to which facts are written."""

    key: str
    dn: str
    id: bytes
    values: Mapping[str, Sequence[str]]
    """The values of each attribute."""


class Difference(NamedTuple):
    """An entry with attributes that differ from the facts."""

    entry: PersonEntry
    wanted: Mapping[str, str]
    """The new value of each attribute that differs."""


class Activity:
    """Both sides of the comparison, in a temporary database that `close` removes. All calls block."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self._attributes = attributes
        self._database = apsw.Connection("")
        self._database.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-4000")
        self._database.execute(_SCHEMA)
        self._values = msgspec.msgpack.Decoder(dict[str, list[str]])

    def close(self) -> None:
        """Remove the database."""
        self._database.close()

    def note(self, entries: Iterable[PersonEntry]) -> None:
        """Store entries of the directory."""
        rows = [(each.key, each.dn, each.id, msgspec.msgpack.encode(each.values)) for each in entries]
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", rows)

    def forget(self, keys: Iterable[str]) -> None:
        """Remove entries."""
        with self._database:
            self._database.executemany("DELETE FROM entry WHERE key = ?", [(key,) for key in keys])

    def forget_contributions(self) -> None:
        """Remove all contributions, before they are read again."""
        self._database.execute("DELETE FROM known")

    def add(self, contributions: Iterable[Contribution]) -> None:
        """Store contributions; those of one person are summed."""
        with self._database:
            self._database.executemany(
                "INSERT INTO known VALUES (?, ?, 1, ?) ON CONFLICT (key) DO UPDATE SET "
                "karma = karma + excluded.karma, number = number + 1, last = max(last, excluded.last)",
                contributions,
            )

    def differences(self, after: str, most: int) -> tuple[str, list[Difference]]:
        """The differences of the next `most` people after a key, and the last of their keys; empty after all people."""
        rows = list(
            self._database.execute(
                "SELECT key, dn, id, content, karma, number, last FROM known JOIN entry USING (key) "
                "WHERE key > ? ORDER BY key LIMIT ?",
                (after, most),
            )
        )
        found = []
        for key, dn, entry_id, content, *facts in rows:
            entry = PersonEntry(str(key), str(dn), bytes(entry_id), self._values.decode(content))
            values = dict(zip(FACTS, map(str, facts), strict=True))
            wanted = {attribute: values[fact] for fact, attribute in self._attributes.items()}
            differing = {name: value for name, value in wanted.items() if entry.values.get(name) != [value]}
            if differing:
                found.append(Difference(entry, differing))
        return str(rows[-1][0]) if rows else "", found


def contribution_of(key: str, record: ElementRecord) -> Contribution | None:
    """The contribution in a record; `None` if the record is not public."""
    if record.properties.get("isPublic") is False:
        return None
    points = record.properties.get("karmaPoints")
    is_number = isinstance(points, int) and not isinstance(points, bool) and abs(points) < 1 << 53
    last = record.update_time or record.create_time
    return Contribution(key, int(points or 0) if is_number else 0, f"{last:%Y%m%d%H%M%S}Z")
