"""Queries and helpers that the routes of this package share."""

import time
from datetime import datetime
from typing import Any, Literal

from integration_daemon.rest import body
from integration_daemon.rest.egeria.element_properties import plain_value
from integration_daemon.rest.egeria.open_metadata_bodies import SearchProperties, SourceRequestBody
from integration_daemon.rest.messages import NOT_SUPPORTED
from integration_daemon.rest.query import FreeQuery, Offset, Text, not_understood
from integration_daemon.rest.route import Call
from services.errors import InvalidParameterError
from services.metadata.egeria.reading import Reading
from services.metadata.egeria.refusals import STORE_SERVICE, Refusals
from services.metadata.egeria.times import GREATEST_TIME
from services.metadata.egeria.writing import Source, Writing


class StoreQuery(FreeQuery, frozen=True, kw_only=True, rename="camel"):
    """The parameters of a read. Clients of Egeria 4 send the effective time here, later clients in the body."""

    effective_time: Text | None = None
    """The effective time: milliseconds since the epoch, or a time in ISO 8601; 0: any time."""
    for_lineage: bool = False
    """True: archived elements are included."""
    start_from: Offset = 0
    """The number of elements before the page."""
    page_size: Offset = 0
    """The number of elements in the page; 0: the server's maximum."""
    starting_at_end: Literal[0, 1, 2] = 0
    """The end of the relationship that the element itself is; 0: either end."""

    @property
    def at(self) -> int:
        """The effective time in milliseconds since the epoch; 0: any time.

        Raises `InvalidParameterError` for a text that is not a time.
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
        """True if the request is from a client of Egeria 4."""
        return self.effective_time is not None


def milliseconds_now() -> int:
    """The present time in milliseconds since the epoch, as the effective time of a change."""
    return time.time_ns() // 1_000_000


def reading(call: Call, service: str = STORE_SERVICE) -> Reading:
    """Makes the reads of a request."""
    server = call.parameters["server"]
    refusals = Refusals(server=server, user=call.user, method=call.route.name, service=service)
    return Reading(call.served_store, server, refusals)


def writing(call: Call, service: str = STORE_SERVICE, *, is_strict: bool = True) -> Writing:
    """Makes the changes of a request, for the metadata source that its body names."""
    source = call.body.source if isinstance(call.body, SourceRequestBody) else Source()
    return Writing(reading(call, service), call.user, source, is_strict=is_strict)


def equal_values(search: SearchProperties) -> dict[str, Any]:
    """The part of search properties that stores of this program support: properties equal to a value."""
    conditions = search.conditions or []
    if search.match_criteria != "ALL" and len(conditions) > 1:
        raise InvalidParameterError(NOT_SUPPORTED, what=f"matchCriteria {search.match_criteria[:60]}")
    values: dict[str, Any] = {}
    for number, condition in enumerate(conditions):
        if condition.operator != "EQ":
            raise InvalidParameterError(NOT_SUPPORTED, what=f"the operator {condition.operator[:60]}")
        place = f"$.searchProperties.conditions[{number}]"
        if not condition.property:
            raise body.not_understood(place + ".property", "a condition is about a property, which it names")
        values[condition.property] = plain_value(condition.value, place + ".value")
    return values
