"""What open metadata knows of the activity of people, and what their directory has of it.

    ContributionRecord ── Contributor ── Person ─▶ facts by person ─┐
    entries of people ─▶ the values of their attributes ────────────┴▶ what differs

Both sides are kept in a temporary database, so memory does not grow with the number of people.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import apsw
import msgspec

from services.metadata.element import ElementRecord

KARMA_POINTS, CONTRIBUTIONS, LAST_ACTIVITY = "karmaPoints", "contributions", "lastActivity"
FACTS = {
    KARMA_POINTS: "the points of all contribution records of a person together",
    CONTRIBUTIONS: "the number of contribution records",
    LAST_ACTIVITY: "when one of them was last changed, as in 20261126102331Z",
}
"""What can be returned of a person."""
_SCHEMA = """
CREATE TABLE entry (key TEXT PRIMARY KEY, dn TEXT NOT NULL, id BLOB NOT NULL, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE known (key TEXT PRIMARY KEY, karma INTEGER, number INTEGER, last TEXT) WITHOUT ROWID;
"""


class Contribution(NamedTuple):
    """One contribution record, of the person with a key in the directory."""

    key: str
    karma_points: int
    last: str


class PersonEntry(NamedTuple):
    """An entry of the directory, with the values of the attributes that facts are written to."""

    key: str
    dn: str
    id: bytes
    values: Mapping[str, Sequence[str]]
    """By attribute."""


class Difference(NamedTuple):
    """An entry that does not have what is known."""

    entry: PersonEntry
    wanted: Mapping[str, str]
    """By attribute, those alone that differ."""


class Activity:
    """Both sides, in a temporary database that is gone when it is closed. All calls block."""

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
        """Write down what the directory has."""
        rows = [(each.key, each.dn, each.id, msgspec.msgpack.encode(each.values)) for each in entries]
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", rows)

    def forget(self, keys: Iterable[str]) -> None:
        """Forget entries."""
        with self._database:
            self._database.executemany("DELETE FROM entry WHERE key = ?", [(key,) for key in keys])

    def forget_contributions(self) -> None:
        """Begin to read the contributions anew."""
        self._database.execute("DELETE FROM known")

    def add(self, contributions: Iterable[Contribution]) -> None:
        """Write down contributions; those of one person are added up."""
        with self._database:
            self._database.executemany(
                "INSERT INTO known VALUES (?, ?, 1, ?) ON CONFLICT (key) DO UPDATE SET "
                "karma = karma + excluded.karma, number = number + 1, last = max(last, excluded.last)",
                contributions,
            )

    def differences(self, after: str, most: int) -> tuple[str, list[Difference]]:
        """What differs among the next people after a key, and the key of the last of these; empty after all."""
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
            told = dict(zip(FACTS, map(str, facts), strict=True))
            wanted = {attribute: told[fact] for fact, attribute in self._attributes.items()}
            differing = {name: value for name, value in wanted.items() if entry.values.get(name) != [value]}
            if differing:
                found.append(Difference(entry, differing))
        return str(rows[-1][0]) if rows else "", found


def contribution_of(key: str, record: ElementRecord) -> Contribution | None:
    """What a contribution record tells of its person; nothing, if it is not public."""
    if record.properties.get("isPublic") is False:
        return None
    points = record.properties.get("karmaPoints")
    is_number = isinstance(points, int) and not isinstance(points, bool) and abs(points) < 1 << 53
    last = record.update_time or record.create_time
    return Contribution(key, int(points or 0) if is_number else 0, f"{last:%Y%m%d%H%M%S}Z")
