"""Who is at the other end of a connection."""

import msgspec


class Peer(msgspec.Struct, frozen=True):
    """What is known of a client, whatever its requests say."""

    address: str = "(unknown)"
    certificate: tuple[str, ...] = ()
    """The names in its certificate, which is signed by an authority that the platform was told to trust."""
    is_local_user: bool = False
    """True if it is a process of the user that the platform runs as."""


UNKNOWN = Peer()
