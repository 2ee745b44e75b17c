"""The state of a spool of lineage events."""

import msgspec


class SpoolStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The state of a spool."""

    last_position: int
    """The number of events that have been accepted since the spool was created."""
    bytes: int
    most_bytes: int
    waiting: dict[str, int]
    """The number of events that each consumer has not acknowledged."""
    dead_letters: int
