"""The period in which an element is effective, which programs of Egeria state in two of its properties.

An element without them is always effective. An element that is not effective at the time of a request is invisible to
the request.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.metadata.element import ElementRecord

FROM, TO = "effectiveFrom", "effectiveTo"
"""The names of the properties; the values are texts in ISO 8601."""


def effectivity(properties: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """The start and end of the effective period of an element with these properties; `None` means no limit."""
    return _time(properties.get(FROM)), _time(properties.get(TO))


def is_effective(record: ElementRecord, at: int) -> bool:
    """True if an element is effective at a time in milliseconds since the epoch; always true for time 0."""
    if at == 0:
        return True
    start, end = effectivity(record.properties)
    moment = at / 1000
    return (start is None or start.timestamp() <= moment) and (end is None or moment < end.timestamp())


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)
