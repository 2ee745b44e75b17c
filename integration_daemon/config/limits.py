"""The limits that a platform sets its clients."""

from typing import Annotated

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What the platform takes from its clients. What is more is refused."""

    body_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=1_073_741_824)] = 64 * 1024 * 1024
    """The largest body of a request in bytes; a larger one is answered with status 413."""
    header_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=1_048_576)] = 16 * 1024
    """The largest request target with its headers in bytes; larger ones are answered with status 431."""
    json_nesting: Annotated[int, msgspec.Meta(ge=10, le=1_000)] = 1_000
    """How many objects and lists of a body may be within one another; a deeper body is answered with status 400."""
    connections: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1_000
    """The largest number of open connections, and never more than half of the files that the process may open; others
    are answered with status 503. One address has at most half of them, but for loopback addresses and proxies; the
    addresses of an IPv6 network of 64 bits count as one."""
    requests_per_second: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    """The requests a second that one address may send, and that one caller may. Twice as many may come at once, and
    what is more is answered with status 429. None: 500, and as many as there are from loopback addresses. `/livez` is
    not counted. The addresses of an IPv6 network of 64 bits count as one."""


USUAL = Limits()
