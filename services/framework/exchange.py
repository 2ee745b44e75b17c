"""The declared exchange of a connector, for administrators who grant it rights on each side."""

import msgspec

from services.framework.permitted_synchronization import PermittedSynchronization


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """The rights that a connector needs, and the metadata that it reads and writes.

    Types, relationships and classifications have their names in open metadata; a type includes its subtypes, and
    `OpenMetadataRoot` includes everything.
    """

    directions: tuple[PermittedSynchronization, ...]
    """The supported values of `permittedSynchronization`."""
    rights: str
    """The rights that its user needs at the third party, in one or more sentences; no others are needed."""
    reads: str = ""
    """The open metadata that it reads in addition to its own: names separated by commas."""
    writes: str = ""
    """The open metadata that it writes: names separated by commas."""
    example: str = ""
    """The section with a complete example: `PAGE.md#heading` in the documentation of this program, or a URL."""

    @property
    def read_names(self) -> tuple[str, ...]:
        """The names in `reads`."""
        return _names(self.reads)

    @property
    def written_names(self) -> tuple[str, ...]:
        """The names in `writes`."""
        return _names(self.writes)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for each in text.split(",") if (name := each.strip()))
