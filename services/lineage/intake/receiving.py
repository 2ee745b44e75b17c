"""What comes of events on receipt: each is accepted or rejected by itself."""

from collections.abc import Sequence

import msgspec

from services.errors import InvalidParameterError
from services.lineage.intake.dead_letters import DeadLetter, dead_letter
from services.lineage.openlineage.events import decode_event, without_mark

MOST_EVENTS = 50_000
"""Events that are received together."""
MOST_VALUES = 4_000_000
"""Values in a list of events. Events have more than one each; a list of anything else could hold very many."""


def split_list(content: bytes) -> list[bytes]:
    """The events of a list, as they were sent; raises `ValueError` if it is none, or `msgspec.MsgspecError`."""
    if content.count(b",") > MOST_VALUES:
        raise ValueError(f"it has more than {MOST_VALUES:,} values")
    return [bytes(each) for each in msgspec.json.decode(without_mark(content), type=list[msgspec.Raw])]


class RejectedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was not accepted: it is not valid, and never will be."""

    index: int
    """Its place among the events that were sent together, from 0."""
    place: str
    """The place of the problem in it, as a JSON path."""
    problem: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the events that were sent together."""

    received: int
    rejected: Sequence[RejectedEvent] = ()

    @property
    def accepted(self) -> int:
        """The number of events that are in the spool now."""
        return self.received - len(self.rejected)


class SortedEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Events that were sent together, after a look at each."""

    valid: list[bytes]
    letters: list[DeadLetter]
    receipt: Receipt


def sort_events(events: Sequence[bytes], origin: str) -> SortedEvents:
    """Decode every event once, and say what is wrong with those that are not valid."""
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
