"""Decides which side's value of each property is taken, without input and output.

    known: the digests of the last agreement ─┐
    here:  the values in open metadata ───────┼─▶ merged: the values for both sides, the changes for each side,
    there: the values at the third party ─────┘           the new versions, and the decided conflicts

A version counts the changes of a property on each side, and contains the digest of the value that both sides agreed on.
A value with another digest was changed on its side. The digest of a value is recorded before the value is sent: if the
value is found at the third party after an interruption, it is not a change of the third party. A value that came from
one side therefore never returns to it.
"""

from collections.abc import Mapping
from enum import Enum
from hashlib import blake2b
from typing import NamedTuple

ABSENT = "-"
"""Digest of a property that a side does not have."""


class Rule(Enum):
    """The rule that decides between two values that were both changed since the last agreement."""

    LATER = "the later change is taken"
    NO_TIME = "the third party does not tell when it changed, and its value is taken"
    OWNER = "open metadata owns the element"
    SAME_TIME = "both were changed at the same time, and the value of the third party is taken"


class Version(NamedTuple):
    """The state of a property at the last exchange."""

    here: int
    """Number of changes noticed in open metadata."""
    there: int
    """Number of changes noticed at the third party."""
    agreed: str
    """Digest of the value that both sides had."""
    sent: str = ""
    """Digest of a value that is being sent to the third party; empty if none is."""

    def text(self) -> str:
        """The form in which an external identifier stores the version."""
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
    """The values that both sides are to have."""
    to_here: dict[str, str | None]
    """Changes for open metadata; `None` for a property to remove."""
    to_there: dict[str, str | None]
    """Changes for the third party; `None` for a property to remove."""
    versions: dict[str, Version]
    """The versions after both sides have these values."""
    conflicts: list[Conflict]
    known: dict[str, Version]
    """The versions before the merge, corrected for sent values that have arrived at the third party."""

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
    """Parse a version; `None` for a text that is not a version."""
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

    The times are those of the last change of each side, in seconds since the epoch; `None` if it is unknown.
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
    """The version, updated if the value that was being sent has arrived at the third party."""
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
