"""The validation of events on receipt: each is accepted or rejected by itself."""

from collections.abc import Sequence

import msgspec

from services.errors import InvalidParameterError
from services.lineage.intake.dead_letters import DeadLetter, dead_letter
from services.lineage.openlineage.events import decode_event, without_mark

MOST_EVENTS = 50_000
"""Maximum number of events that are received together."""
MOST_VALUES = 4_000_000
"""Maximum number of values in a list of events. Each event has several; another kind of list could have very many."""


def split_list(content: bytes) -> list[bytes]:
    """The events in a list, as they were sent; raises `ValueError` or `msgspec.MsgspecError` for other content."""
    if content.count(b",") > MOST_VALUES:
        raise ValueError(f"it has more than {MOST_VALUES:,} values")
    return [bytes(each) for each in msgspec.json.decode(without_mark(content), type=list[msgspec.Raw])]


class RejectedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was rejected because it is invalid."""

    index: int
    """Its index among the events that were sent together, from 0."""
    place: str
    """The place of the problem in the event, as a JSON path."""
    problem: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The result for events that were sent together."""

    received: int
    rejected: Sequence[RejectedEvent] = ()

    @property
    def accepted(self) -> int:
        """The number of events that were added to the spool."""
        return self.received - len(self.rejected)


class SortedEvents(msgspec.Struct, frozen=True, kw_only=True):
    """The valid and invalid events among those sent together."""

    valid: list[bytes]
    letters: list[DeadLetter]
    receipt: Receipt


def sort_events(events: Sequence[bytes], origin: str) -> SortedEvents:
    """Decode every event once, and record the problem of each invalid one."""
    valid: list[bytes] = []
    rejected: list[RejectedEvent] = []
    letters: list[DeadLetter] = []
    for index, content in enumerate(map(without_mark, events)):
        try:
            decode_event(content)
        except InvalidParameterError as error:
            place, problem = str(error.parameters["place"]), str(error.parameters["problem"])
            rejected.append(RejectedEvent(index=index, place=place, problem=problem))
            letters.append(dead_letter(content, origin=origin, reason=f"{place}: {problem}"))
        else:
            valid.append(content)
    return SortedEvents(valid=valid, letters=letters, receipt=Receipt(received=len(events), rejected=tuple(rejected)))
