"""The versions of a server's document, `documents/NUMBER.json`, and their list, `documents/versions.json`.

All functions block.
"""

import shutil
from datetime import datetime
from enum import Enum
from pathlib import Path

import msgspec

from integration_daemon.private_files import make_private, read_regular, write_private

MOST_VERSIONS = 100
"""The largest number of versions of a document that are kept; the oldest is dropped first. The version in effect is
kept beside them."""
MOST_BYTES = 1_000_000_000
"""The largest size, in bytes, of all versions of a document together; the two newest are kept in any case."""


class How(Enum):
    """The cause of a version."""

    STARTED = "STARTED"
    """The server was started with the document from the command line."""
    START_REQUESTED = "START_REQUESTED"
    """The server was started with the document over REST."""
    REREAD = "REREAD"
    """The server's own document was read again."""
    SENT = "SENT"
    """The document was sent over REST."""
    CHANGED = "CHANGED"
    """A part of the document was changed over REST."""
    RESTORED = "RESTORED"
    """An earlier version was restored."""
    ROLLED_BACK = "ROLLED_BACK"
    """The version was restored because connectors did not work with the next version."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The cause and the author of a version."""

    how: How = How.STARTED
    caller: str = ""
    """The authenticated caller; empty: none, as at the start of the program."""
    user: str = ""
    """The user named in the caller's request."""
    detail: str = ""
    """The part of the document that was changed."""


class Version(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A version in the list of versions."""

    number: int
    time: datetime
    how: How
    caller: str = ""
    user: str = ""
    detail: str = ""
    base: str = ""
    """The digest of the user's file that the document came from; empty: not from a file."""
    is_changed: bool = False
    """True if the document differs from that file."""
    size: int = 0
    """The size of the document in bytes."""


class VersionFiles:
    """The versions of one server's document."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._index = directory / "versions.json"

    def versions(self) -> list[Version]:
        """All versions that are kept, the oldest first; raises `ValueError` if their list is damaged."""
        try:
            return msgspec.json.decode(read_regular(self._index), type=list[Version])
        except FileNotFoundError:
            return []
        except msgspec.DecodeError as error:
            raise ValueError(f"{self._index} is damaged: {error}") from None

    def content(self, number: int) -> bytes | None:
        """The document of a version; none if it is not kept."""
        if not any(each.number == number for each in self.versions()):
            return None
        try:
            return read_regular(self._place(number))
        except FileNotFoundError:
            return None

    def add(
        self, content: bytes, origin: Origin, *, time: datetime, base: str, is_changed: bool, in_effect: int
    ) -> Version:
        """Add a document as the newest version, unless it equals the newest, and drop old versions over the limits."""
        versions = self.versions()
        newest = versions[-1] if versions else None
        if newest is not None and newest.base == base and self.content(newest.number) == content:
            return newest
        added = Version(
            number=newest.number + 1 if newest is not None else 1,
            time=time,
            base=base,
            is_changed=is_changed,
            size=len(content),
            **msgspec.structs.asdict(origin),
        )
        make_private(self._directory)
        write_private(self._place(added.number), content)
        kept = within_bounds([*versions, added], in_effect)
        write_private(self._index, msgspec.json.encode(kept))
        for each in versions:
            if each not in kept:
                self._place(each.number).unlink(missing_ok=True)
        return added

    def delete(self) -> None:
        """Delete all versions."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def _place(self, number: int) -> Path:
        return self._directory / f"{number}.json"


def within_bounds(versions: list[Version], in_effect: int = 0) -> list[Version]:
    """The newest versions within the limits on number and size, and the version that is in effect.

    A change that fails may be rolled back to the latter.
    """
    running = [each for each in versions if each.number == in_effect]
    kept = versions[-MOST_VERSIONS:]
    while len(kept) > 2 and sum(each.size for each in kept) > MOST_BYTES:
        kept = kept[1:]
    return kept if not running or running[0] in kept else running + kept
