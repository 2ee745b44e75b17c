"""The peer of a connection."""

import msgspec


class Peer(msgspec.Struct, frozen=True):
    """Properties of a client that its connection proves, independently of its requests."""

    address: str = "(unknown)"
    certificate: tuple[str, ...] = ()
    """The names in its certificate, which is signed by an authority that the platform trusts for clients."""
    is_local_user: bool = False
    """True if the client is a process of the user that the platform runs as."""


UNKNOWN = Peer()
