"""OpenLineage events: run events, job events and data set events.

An event is validated as far as every consumer needs it. The facets that are catalogued are decoded later and one by
one (`facets.py`), so that an invalid facet does not invalidate the event. Other facets are ignored.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from audit.safe_text import has_lone_surrogate
from services.errors import InvalidParameterError
from services.lineage.openlineage.messages import EVENT_NOT_UNDERSTOOD

LAST = 253_370_764_800_000_000
"""The year 9999, in microseconds since 1970: later times do not exist in every time zone."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
Namespace = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000, pattern=r"\A[^\n]*\Z")]
"""On one line: a key of the cataloguer consists of the namespace and, on the next line, the name."""
Content = msgspec.Raw | msgspec.UnsetType
"""An undecoded facet, if the event contains it."""


EventType = Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]
"""The transition of a run that an event reports."""
COMPLETE, ABORT, FAIL = "COMPLETE", "ABORT", "FAIL"
ENDS = (COMPLETE, ABORT, FAIL)
"""The transitions that end a run."""


class RunFacets(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The facets of a run that are catalogued."""

    parent: Content = msgspec.UNSET


class JobFacets(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The facets of a job that are catalogued."""

    documentation: Content = msgspec.UNSET
    source_code_location: Content = msgspec.UNSET
    source_code: Content = msgspec.UNSET
    sql: Content = msgspec.UNSET
    job_type: Content = msgspec.UNSET
    ownership: Content = msgspec.UNSET


class DataSetFacets(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The facets of a data set that are catalogued."""

    documentation: Content = msgspec.UNSET
    schema: Content = msgspec.UNSET
    ownership: Content = msgspec.UNSET
    column_lineage: Content = msgspec.UNSET
    lifecycle_state_change: Content = msgspec.UNSET


class Run(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A run of a job."""

    run_id: Name
    facets: RunFacets | None = None


class Job(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A job, by its name."""

    namespace: Namespace
    name: Name
    facets: JobFacets | None = None


class DataSet(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A data set, by its name."""

    namespace: Namespace
    name: Name
    facets: DataSetFacets | None = None


class OpenLineageEvent(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """An event: a run event has `run` and `job`, a job event only `job`, and a data set event `dataset`."""

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
        """The time of the event since the epoch. A time without a time zone is in UTC."""
        time = self.event_time if self.event_time.tzinfo is not None else self.event_time.replace(tzinfo=UTC)
        return round(time.timestamp() * 1_000_000)


_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NUL = "it has the character NUL in it"
_ESCAPED_NUL = rb"\u0000"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_decoder = msgspec.json.Decoder(OpenLineageEvent)


def without_mark(content: bytes) -> bytes:
    """JSON without the byte order mark that some Windows programs write; RFC 8259 permits ignoring it."""
    return content.removeprefix(_BYTE_ORDER_MARK)


def decode_event(content: bytes | msgspec.Raw) -> OpenLineageEvent:
    """Decode an event; raises `InvalidParameterError`, which names the place of the problem."""
    try:
        event = _decoder.decode(content)
        bytes(content).decode()  # the decoder does not look at texts that are not decoded, such as those of facets
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problem, _, place = str(error).partition(" - at `")
        if not place and (place := _place_of_surrogate(bytes(content))):
            problem = "it has a surrogate that stands alone, and is no character"
        raise _not_understood(place.rstrip("`") or "$", problem) from None
    if not 0 < event.microseconds < LAST:
        raise _not_understood("$.eventTime", "it is not a time of the years from 1970 to 9998")
    if has_nul(bytes(content)):
        _refuse_nul(event)
    if event.job is None and event.run is not None:
        raise _not_understood("$.job", "a run is of a job")
    if event.job is None and event.dataset is None:
        raise _not_understood("$", "it has neither job nor dataset")
    return event


def _place_of_surrogate(content: bytes) -> str:
    """The place of the first text with a lone surrogate; empty if there is none."""
    try:
        left: list[tuple[str, Any]] = [("$", json.loads(content))]
    except (ValueError, RecursionError):
        return ""
    while left:
        place, value = left.pop()
        if isinstance(value, str) and has_lone_surrogate(value):
            return place
        if isinstance(value, list):
            left += [(f"{place}[{index}]", each) for index, each in reversed(list(enumerate(value)))]
        elif isinstance(value, dict):
            if any(map(has_lone_surrogate, value)):
                return place
            left += [(f"{place}.{name}", each) for name, each in reversed(value.items())]
    return ""


def has_nul(content: bytes) -> bool:
    """True if a text in JSON contains the character NUL, which some stores cannot keep."""
    return _ESCAPED_NUL in content and _NUL.search(content) is not None


def _refuse_nul(event: OpenLineageEvent) -> None:
    """Refuse an event with a NUL in a name; a facet with one is left out during cataloguing."""
    named: list[tuple[str, Job | DataSet | None]] = [("$.job", event.job), ("$.dataset", event.dataset)]
    named += [(f"$.inputs[{index}]", each) for index, each in enumerate(event.inputs or ())]
    named += [(f"$.outputs[{index}]", each) for index, each in enumerate(event.outputs or ())]
    names = [
        (f"{place}.{part}", getattr(each, part)) for place, each in named if each for part in ("namespace", "name")
    ]
    for place, name in [*names, ("$.run.runId", event.run.run_id if event.run else "")]:
        if "\0" in name:
            raise _not_understood(place, NUL)


def _not_understood(place: str, problem: str) -> InvalidParameterError:
    return InvalidParameterError(EVENT_NOT_UNDERSTOOD, place=place, problem=problem)
