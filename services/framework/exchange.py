"""What a connector exchanges, for those who decide what it may do on each side."""

import msgspec

from services.framework.permitted_synchronization import PermittedSynchronization


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """The rights that a connector needs, and the metadata that it reads and writes.

    Types, relationships and classifications are named as in open metadata; a type stands for the types below it, and
    `OpenMetadataRoot` for everything.
    """

    directions: tuple[PermittedSynchronization, ...]
    """The values of `permittedSynchronization` that it can work with."""
    rights: str
    """What its user needs to be allowed at the third party, in one or more sentences; it needs nothing else."""
    reads: str = ""
    """The open metadata that it reads beside what it has written itself: names with commas between them."""
    writes: str = ""
    """The open metadata that it writes, as well."""
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
