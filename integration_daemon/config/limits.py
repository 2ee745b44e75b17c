"""The limits of a platform for its clients."""

from typing import Annotated

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The limits of a platform for its clients. Requests and connections beyond a limit are refused."""

    body_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=1_073_741_824)] = 64 * 1024 * 1024
    """The largest body of a request in bytes; a larger one is answered with status 413."""
    header_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=1_048_576)] = 16 * 1024
    """The largest request target with its headers in bytes; larger ones are answered with status 431."""
    json_nesting: Annotated[int, msgspec.Meta(ge=10, le=1_000)] = 1_000
    """The deepest nesting of objects and lists in a body; a deeper body is answered with status 400."""
    connections: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1_000
    """The largest number of open connections, and never more than half of the files that the process may open; further
    connections are answered with status 503. One address has at most half of the connections, except loopback addresses
    and proxies; the addresses of an IPv6 /64 network count as one."""
    requests_per_second: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    """The largest number of requests a second from one address, and from one caller. A burst may have twice as many,
    and further requests are answered with status 429. None: 500, and no limit for loopback addresses. `/livez` is not
    counted. The addresses of an IPv6 /64 network count as one."""


USUAL = Limits()
