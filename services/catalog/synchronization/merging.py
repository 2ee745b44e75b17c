"""Decides which side's value of each property is taken, without input and output.

    known:  the digests of the last agreement ─┐
    local:  the values in open metadata ───────┼─▶ merged: the values for both sides, the changes for each side,
    remote: the values at the third party ─────┘           the new versions, and the decided conflicts

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

    local: int
    """Number of changes noticed in open metadata."""
    remote: int
    """Number of changes noticed at the third party."""
    agreed: str
    """Digest of the value that both sides had."""
    sent: str = ""
    """Digest of a value that is being sent to the third party; empty if none is."""

    def text(self) -> str:
        """The form in which an external identifier stores the version."""
        return f"{self.local}.{self.remote}:{self.agreed}" + (f">{self.sent}" if self.sent else "")


_NEW = Version(0, 0, ABSENT)


class Conflict(NamedTuple):
    """A property that was changed on both sides, to different values."""

    name: str
    local: str | None
    remote: str | None
    taken: str | None
    rule: Rule


class Merged(NamedTuple):
    """The result for all properties."""

    values: dict[str, str]
    """The values that both sides are to have."""
    local_changes: dict[str, str | None]
    """Changes for open metadata; `None` for a property to remove."""
    remote_changes: dict[str, str | None]
    """Changes for the third party; `None` for a property to remove."""
    versions: dict[str, Version]
    """The versions after both sides have these values."""
    conflicts: list[Conflict]
    known: dict[str, Version]
    """The versions before the merge, corrected for sent values that have arrived at the third party."""

    @property
    def being_sent(self) -> dict[str, Version]:
        """The versions to keep while `remote_changes` is being sent."""
        sent = {
            name: self.known.get(name, _NEW)._replace(sent=digest_of(value))
            for name, value in self.remote_changes.items()
        }
        return {**self.known, **sent}


def digest_of(value: str | None) -> str:
    """A short digest of a value."""
    return ABSENT if value is None else blake2b(value.encode(), digest_size=8).hexdigest()


def version_from(text: str) -> Version | None:
    """Parse a version; `None` for a text that is not a version."""
    counts, _, digests = text.partition(":")
    agreed, _, sent = digests.partition(">")
    local, _, remote = counts.partition(".")
    if not (local.isdecimal() and remote.isdecimal() and agreed):
        return None
    return Version(int(local), int(remote), agreed, sent)


def merge(
    known: Mapping[str, Version],
    local: Mapping[str, str],
    remote: Mapping[str, str],
    *,
    local_changed_at: float,
    remote_changed_at: float | None,
) -> Merged:
    """Merge the properties of one element.

    The times are those of the last change of each side, in seconds since the epoch; `None` if it is unknown.
    """
    merged = Merged({}, {}, {}, {}, [], {})
    for name in sorted({*known, *local, *remote}):
        local_value, remote_value = local.get(name), remote.get(name)
        version = _arrived(known.get(name, _NEW), remote_value)
        if name in known:
            merged.known[name] = version
        local_changed, remote_changed = (digest_of(each) != version.agreed for each in (local_value, remote_value))
        taken = local_value if local_changed else remote_value
        if local_changed and remote_changed and local_value != remote_value:
            rule, taken = _decide(local_value, remote_value, local_changed_at, remote_changed_at)
            merged.conflicts.append(Conflict(name, local_value, remote_value, taken, rule))
        _note(merged, name, taken, local_value, remote_value)
        if taken is not None:
            counts = version.local + local_changed, version.remote + remote_changed
            merged.versions[name] = Version(*counts, digest_of(taken))
    return merged


def _arrived(version: Version, remote_value: str | None) -> Version:
    """The version, updated if the value that was being sent has arrived at the third party."""
    if not version.sent or digest_of(remote_value) != version.sent:
        return version
    return Version(version.local + 1, version.remote, version.sent)


def _decide(
    local_value: str | None, remote_value: str | None, local_changed_at: float, remote_changed_at: float | None
) -> tuple[Rule, str | None]:
    if remote_changed_at is None:
        return Rule.NO_TIME, remote_value
    if local_changed_at == remote_changed_at:
        return Rule.SAME_TIME, remote_value
    return Rule.LATER, local_value if local_changed_at > remote_changed_at else remote_value


def _note(merged: Merged, name: str, taken: str | None, local_value: str | None, remote_value: str | None) -> None:
    if taken is not None:
        merged.values[name] = taken
    if taken != local_value:
        merged.local_changes[name] = taken
    if taken != remote_value:
        merged.remote_changes[name] = taken
