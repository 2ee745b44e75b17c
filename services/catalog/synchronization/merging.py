"""Which side's value of each property is taken, decided without input and output.

    known: what both sides had when they last agreed ─┐
    here: the values in open metadata ────────────────┼─▶ merged: the values for both sides, what each is to be sent,
    there: the values at the third party ─────────────┘    the new versions, and the conflicts that were decided

A version tells how often a property was changed on each side, and the value that both sides agreed on, as a digest. A
value that differs from it was changed on its side. A value that was sent is noted before it is sent: if it is found
there after an interruption, it is no change of the third party. What came from one side therefore never returns to it.
"""

from collections.abc import Mapping
from enum import Enum
from hashlib import blake2b
from typing import NamedTuple

ABSENT = "-"
"""The digest of a property that a side does not have."""


class Rule(Enum):
    """What decides between two values that were both changed since the sides agreed."""

    LATER = "the later change is taken"
    NO_TIME = "the third party does not tell when it changed, and its value is taken"
    OWNER = "open metadata owns the element"
    SAME_TIME = "both were changed at the same time, and the value of the third party is taken"


class Version(NamedTuple):
    """What is known of a property since the last exchange."""

    here: int
    """Changes that were noticed in open metadata."""
    there: int
    """Changes that were noticed at the third party."""
    agreed: str
    """The digest of the value that both sides had."""
    sent: str = ""
    """The digest of a value that is being sent there; empty if none is."""

    def text(self) -> str:
        """The form in which it is kept in an external identifier."""
        return f"{self.here}.{self.there}:{self.agreed}" + (f">{self.sent}" if self.sent else "")


_NEW = Version(0, 0, ABSENT)


class Conflict(NamedTuple):
    """A property that was changed on both sides, to different values."""

    name: str
    here: str | None
    there: str | None
    taken: str | None
    rule: Rule


class Merged(NamedTuple):
    """The result for all properties."""

    values: dict[str, str]
    """What both sides shall have."""
    to_here: dict[str, str | None]
    """What open metadata does not have yet; `None` is taken away."""
    to_there: dict[str, str | None]
    """What the third party does not have yet."""
    versions: dict[str, Version]
    """As they are once both sides have these values."""
    conflicts: list[Conflict]
    known: dict[str, Version]
    """As they were, but for values that have arrived at the third party and were not noted."""

    @property
    def being_sent(self) -> dict[str, Version]:
        """The versions to keep while `to_there` is being sent."""
        sent = {
            name: self.known.get(name, _NEW)._replace(sent=digest_of(value)) for name, value in self.to_there.items()
        }
        return {**self.known, **sent}


def digest_of(value: str | None) -> str:
    """A short digest of a value."""
    return ABSENT if value is None else blake2b(value.encode(), digest_size=8).hexdigest()


def version_from(text: str) -> Version | None:
    """The version that a text tells; `None` for a text that is none."""
    counts, _, digests = text.partition(":")
    agreed, _, sent = digests.partition(">")
    here, _, there = counts.partition(".")
    if not (here.isdecimal() and there.isdecimal() and agreed):
        return None
    return Version(int(here), int(there), agreed, sent)


def merge(
    known: Mapping[str, Version],
    here: Mapping[str, str],
    there: Mapping[str, str],
    *,
    changed_here: float,
    changed_there: float | None,
) -> Merged:
    """Merge the properties of one element.

    The times are those of the last change of each side, in seconds since the epoch; `None` if there is none.
    """
    merged = Merged({}, {}, {}, {}, [], {})
    for name in sorted({*known, *here, *there}):
        ours, theirs = here.get(name), there.get(name)
        version = _arrived(known.get(name, _NEW), theirs)
        if name in known:
            merged.known[name] = version
        was_changed_here, was_changed_there = (digest_of(each) != version.agreed for each in (ours, theirs))
        taken = ours if was_changed_here else theirs
        if was_changed_here and was_changed_there and ours != theirs:
            rule, taken = _decide(ours, theirs, changed_here, changed_there)
            merged.conflicts.append(Conflict(name, ours, theirs, taken, rule))
        _note(merged, name, taken, ours, theirs)
        if taken is not None:
            counts = version.here + was_changed_here, version.there + was_changed_there
            merged.versions[name] = Version(*counts, digest_of(taken))
    return merged


def _arrived(version: Version, theirs: str | None) -> Version:
    """The version, where the value that was being sent is found at the third party."""
    if not version.sent or digest_of(theirs) != version.sent:
        return version
    return Version(version.here + 1, version.there, version.sent)


def _decide(
    ours: str | None, theirs: str | None, changed_here: float, changed_there: float | None
) -> tuple[Rule, str | None]:
    if changed_there is None:
        return Rule.NO_TIME, theirs
    if changed_here == changed_there:
        return Rule.SAME_TIME, theirs
    return Rule.LATER, ours if changed_here > changed_there else theirs


def _note(merged: Merged, name: str, taken: str | None, ours: str | None, theirs: str | None) -> None:
    if taken is not None:
        merged.values[name] = taken
    if taken != ours:
        merged.to_here[name] = taken
    if taken != theirs:
        merged.to_there[name] = taken
