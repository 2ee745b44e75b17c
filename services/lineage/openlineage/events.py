"""OpenLineage events: of a run, of a job and of a data set.

An event is checked as far as every consumer needs it. Facets are kept as they came, and each is decoded by whoever
understands it (`facets.py`), so that an unknown or a wrong facet does not spoil the event.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from services.errors import InvalidParameterError
from services.lineage.openlineage.messages import EVENT_NOT_UNDERSTOOD

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
Facets = Mapping[str, msgspec.Raw]


EventType = Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]
"""The transition of a run that an event tells of."""
COMPLETE, ABORT, FAIL = "COMPLETE", "ABORT", "FAIL"
ENDS = (COMPLETE, ABORT, FAIL)
"""Those that end a run."""


class Run(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run of a job."""

    run_id: Name
    facets: Facets | None = None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job, by its name."""

    namespace: Name
    name: Name
    facets: Facets | None = None


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """A data set, by its name."""

    namespace: Name
    name: Name
    facets: Facets | None = None


class OpenLineageEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event. One with a `run` and a `job` is of a run, one with a `job` alone of a job; else it has a `dataset`."""

    event_time: datetime
    event_type: EventType | None = None
    producer: str = ""
    run: Run | None = None
    job: Job | None = None
    dataset: DataSet | None = None
    inputs: Sequence[DataSet] | None = None
    outputs: Sequence[DataSet] | None = None

    @property
    def microseconds(self) -> int:
        """The time of the event since the epoch. A time without a zone is one of UTC."""
        time = self.event_time if self.event_time.tzinfo is not None else self.event_time.replace(tzinfo=UTC)
        return round(time.timestamp() * 1_000_000)


_decoder = msgspec.json.Decoder(OpenLineageEvent)


def decode_event(content: bytes | msgspec.Raw) -> OpenLineageEvent:
    """An event from its JSON; raises `InvalidParameterError`, which names the place of the problem."""
    try:
        event = _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problem, _, place = str(error).partition(" - at `")
        raise _not_understood(place.rstrip("`") or "$", problem) from None
    if event.job is None and event.run is not None:
        raise _not_understood("$.job", "a run is of a job")
    if event.job is None and event.dataset is None:
        raise _not_understood("$", "it has neither job nor dataset")
    return event


def _not_understood(place: str, problem: str) -> InvalidParameterError:
    return InvalidParameterError(EVENT_NOT_UNDERSTOOD, place=place, problem=problem)
