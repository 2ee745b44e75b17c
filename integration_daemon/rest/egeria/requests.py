"""What the requests of these routes have in common."""

import time
from datetime import datetime
from typing import Literal

from integration_daemon.rest.open_metadata_bodies import SourceRequestBody
from integration_daemon.rest.query import FreeQuery, Offset, Text, not_understood
from integration_daemon.rest.route import Call
from services.metadata.egeria.reading import Reading
from services.metadata.egeria.refusals import STORE_SERVICE, Refusals
from services.metadata.egeria.times import GREATEST_TIME
from services.metadata.egeria.writing import Source, Writing


class StoreQuery(FreeQuery, frozen=True, kw_only=True, rename="camel"):
    """The parameters of a read. Clients of Egeria 4 name a time here; later ones do so in the body."""

    effective_time: Text | None = None
    """Milliseconds since the epoch, or a time in ISO 8601; 0 for any time."""
    for_lineage: bool = False
    """Whether archived elements are shown."""
    start_from: Offset = 0
    """The number of elements before the page."""
    page_size: Offset = 0
    """The number of elements in the page; 0: the server's maximum."""
    starting_at_end: Literal[0, 1, 2] = 0
    """The end at which the element itself is; 0: either."""

    @property
    def at(self) -> int:
        """The effective time in milliseconds since the epoch, 0 for any time.

        Raises `InvalidParameterError` for a text that is no time.
        """
        text = self.effective_time or "0"
        if text.isascii() and text.isdecimal():
            return min(int(text[:15]), GREATEST_TIME)
        try:
            return round(datetime.fromisoformat(text.replace(" ", "+")).timestamp() * 1000)
        except (ValueError, OverflowError, OSError):
            raise not_understood("effectiveTime", "it is no time in milliseconds, and none in ISO 8601") from None

    @property
    def is_of_egeria_4(self) -> bool:
        """Whether the request is one of a client of Egeria 4."""
        return self.effective_time is not None


def milliseconds_now() -> int:
    """The time that errors about what is visible name."""
    return time.time_ns() // 1_000_000


def reading(call: Call, service: str = STORE_SERVICE) -> Reading:
    """The reads of a request."""
    server = call.parameters["server"]
    refusals = Refusals(server=server, user=call.user, method=call.route.name, service=service)
    return Reading(call.served_store, server, refusals)


def writing(call: Call, service: str = STORE_SERVICE, *, is_strict: bool = True) -> Writing:
    """The changes of a request, for the metadata source that its body names."""
    source = call.body.source if isinstance(call.body, SourceRequestBody) else Source()
    return Writing(reading(call, service), call.user, source, is_strict=is_strict)
