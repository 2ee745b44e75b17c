"""The times between which an element is effective, as programs of Egeria state them: two of its properties.

An element without them is effective at all times. One that is not effective at the time that a request names is not
visible to it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.metadata.element import ElementRecord

FROM, TO = "effectiveFrom", "effectiveTo"
"""Its properties: texts in ISO 8601."""


def effectivity(properties: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From when to when an element with these properties is effective; `None`: without limit."""
    return _time(properties.get(FROM)), _time(properties.get(TO))


def is_effective(record: ElementRecord, at: int) -> bool:
    """Whether an element is effective at a time in milliseconds since the epoch; at 0, each is."""
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
