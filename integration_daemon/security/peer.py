"""Who is at the other end of a connection."""

import msgspec


class Peer(msgspec.Struct, frozen=True):
    """What is known of a client, whatever its requests say."""

    address: str = "(unknown)"


UNKNOWN = Peer()
