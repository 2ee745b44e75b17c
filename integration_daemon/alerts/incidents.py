"""Incidents, which begin, grow and end, and the alerts about them. Decisions, without I/O and without a clock.

    seen ─▶ lasts for `after` seconds: BEGUN ─▶ ten times as many connectors, once: GROWN ─▶ gone for `after`: OVER

An incident that returns within an hour of its end is unsteady: with each return, it must be gone for longer to be over.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b

import msgspec

from audit.counted import counted
from integration_daemon.alerts.alert import NAMED, Alert, Event, duration, shown_time
from integration_daemon.alerts.cause import Cause, CauseDescription

CALM_AT_LEAST = 5.0
"""Seconds that an incident must be gone before it is over."""
UNSTEADY_CALM = 60.0
"""Seconds that an incident must be gone after its first return; doubled with each further return."""
UNSTEADY_WITHIN = 3600.0
"""Seconds after its end within which an incident returns; also the longest calm."""
TENFOLD = 10
MOST_OF_A_KIND = 20
"""Causes of one kind that are reported separately. More causes are one incident, since people would not read all."""


class CountedCause(msgspec.Struct, kw_only=True):
    """A cause found in one count of the connectors."""

    cause: Cause
    describe: Callable[[], CauseDescription]
    """Returns the description; called only for an incident that begins or returns."""
    condition: str
    since: float
    """Seconds since the epoch."""
    connectors: int = 0
    names: list[str] = []
    """The names of the first connectors."""


class Incident(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """The state of an incident, which is saved once people were alerted."""

    id: str
    cause: Cause
    title: str
    text: str
    action: str
    condition: str
    since: float
    connectors: int
    """Connectors at the last count."""
    most: int
    """Most connectors at any count."""
    names: tuple[str, ...] = ()
    last_seen: float = 0.0
    alerted: int = msgspec.field(default=0, name="told")
    """Connectors at the last alert; 0 if there was none."""
    has_grown: bool = False
    ended: float | None = None
    returns: int = 0
    """Number of returns within `UNSTEADY_WITHIN` seconds of its end."""

    def quiet_period(self, after: float) -> float:
        """Seconds that the incident must be gone before it is over."""
        steady = max(after, CALM_AT_LEAST)
        return min(max(steady, UNSTEADY_CALM * 2.0 ** (self.returns - 1)), UNSTEADY_WITHIN) if self.returns else steady

    def not_later_than(self, now: float) -> None:
        """Correct the times that lie in the future since the clock was set back, so that they delay no alert."""
        self.since, self.last_seen = min(self.since, now), min(self.last_seen, now)
        if self.ended is not None:
            self.ended = min(self.ended, now)


class Incidents:
    """The incidents of one daemon."""

    def __init__(self, server: str, kept: Iterable[Incident] = (), now: float = 0.0, *, after: float = 60.0) -> None:
        """`kept` are incidents of which an earlier process has alerted; they count as seen at `now`."""
        self.after = after
        """Seconds that an incident must last before an alert, and must be gone before it is over."""
        self._server = server
        self._known = {each.cause: each for each in kept}
        for each in self._known.values():
            if each.ended is None:
                each.last_seen = now
        self._awaited = set(self._known)
        self._gone: dict[Cause, float] = {}
        """The times of the first counts without incidents that are not over yet."""

    @property
    def alerted(self) -> list[Incident]:
        """The incidents with alerts, including ended ones for as long as they could return."""
        return [each for each in self._known.values() if each.alerted]

    @property
    def open(self) -> frozenset[Cause]:
        """The causes of the open incidents with alerts."""
        return frozenset(each.cause for each in self._known.values() if each.alerted and each.ended is None)

    def update(self, seen: Iterable[CountedCause], now: float, *, all_tried: bool = True) -> list[Alert]:
        """Update the incidents by a count, and return the alerts.

        Incidents of an earlier process do not end before all connectors were tried.
        """
        alerts = []
        for known in self._known.values():
            known.not_later_than(now)
        for each in self._merged(seen):
            incident = self._noted(each, now)
            if event := self._next(incident, now):
                incident.alerted = incident.connectors
                alerts.append(self._alert(incident, event, now))
        for incident in list(self._known.values()):
            if incident.ended is not None:
                if now - incident.ended > UNSTEADY_WITHIN:
                    del self._known[incident.cause]
            elif incident.cause in self._awaited and not all_tried:
                incident.last_seen = now
            elif incident.last_seen < now:
                gone = min(self._gone.setdefault(incident.cause, now), now)
                if now - incident.last_seen >= incident.quiet_period(self.after):
                    alerts += self._end(incident, gone, now)
        return alerts

    def _merged(self, seen: Iterable[CountedCause]) -> Iterator[CountedCause]:
        """The causes of a count, with many causes of one kind without alerts merged into one."""
        untold: defaultdict[str, list[CountedCause]] = defaultdict(list)
        for each in seen:
            incident = self._known.get(each.cause)
            if incident is not None and incident.alerted and incident.ended is None:
                yield each
            else:
                untold[each.cause.kind].append(each)
        for kind, some in untold.items():
            together = self._known.get(cause_of_many(kind))
            if len(some) > MOST_OF_A_KIND or (together is not None and together.ended is None):
                yield _combined(kind, some)
            else:
                yield from some

    def _noted(self, seen: CountedCause, now: float) -> Incident:
        key = seen.cause
        self._awaited.discard(key)
        self._gone.pop(key, None)
        incident = self._known.get(key)
        if incident is None:
            description = seen.describe()
            incident = self._known[key] = Incident(
                id=id_of(key),
                cause=key,
                title=description.title,
                text=description.details,
                action=description.action,
                condition=seen.condition,
                since=min(seen.since, now),
                connectors=seen.connectors,
                most=seen.connectors,
            )
        elif incident.ended is not None:
            incident.returns += 1
            incident.ended, incident.alerted, incident.has_grown = None, 0, False
            incident.since, incident.most = max(min(seen.since, now), incident.last_seen), 0
            again = seen.describe()  # by now, other connectors may have the same problem
            incident.title, incident.text, incident.action = again.title, again.details, again.action
        incident.connectors, incident.names, incident.last_seen = seen.connectors, tuple(seen.names[:NAMED]), now
        incident.most = max(incident.most, seen.connectors)
        incident.condition = seen.condition
        return incident

    def _next(self, incident: Incident, now: float) -> Event | None:
        if not incident.alerted:
            return Event.BEGUN if now - incident.since >= self.after else None
        if not incident.has_grown and incident.connectors >= TENFOLD * incident.alerted:
            incident.has_grown = True
            return Event.GROWN
        return None

    def _end(self, incident: Incident, gone: float, now: float) -> list[Alert]:
        del self._gone[incident.cause]
        if not incident.alerted:
            del self._known[incident.cause]
            return []
        incident.ended = now
        return [self._alert(incident, Event.OVER, gone)]

    def _alert(self, incident: Incident, event: Event, at: float) -> Alert:
        is_over = event is Event.OVER
        count = incident.most if is_over else incident.connectors
        seconds = max(0.0, at - incident.since)
        return Alert(
            text=_text(self._server, incident, event, count, seconds),
            event=event,
            incident=incident.id,
            server=self._server,
            title=incident.title,
            details=incident.text,
            condition=incident.condition,
            connectors=count,
            names=incident.names,
            since=shown_time(incident.since),
            ended=shown_time(at) if is_over else "",
            seconds=round(seconds, 1),
            action="" if is_over else incident.action,
        )


def cause_of_many(kind: str) -> Cause:
    """The cause that represents many causes of one kind."""
    return Cause(kind, "*", "*")


def _combined(kind: str, some: list[CountedCause]) -> CountedCause:
    def describe() -> CauseDescription:
        first = some[0].describe()
        return CauseDescription(
            f"{len(some):,} causes of the kind {kind}", f"The first is: {first.title}", first.action
        )

    is_stale = any(each.condition == "STALE" for each in some)
    return CountedCause(
        cause=cause_of_many(kind),
        describe=describe,
        condition="STALE" if is_stale else some[0].condition,
        since=min(each.since for each in some),
        connectors=sum(each.connectors for each in some),
        names=[name for each in some[:NAMED] for name in each.names][:NAMED],
    )


def id_of(cause: Cause) -> str:
    """A short id of a cause, the same in each process."""
    return blake2b(msgspec.json.encode(cause), digest_size=6).hexdigest()


def _text(server: str, incident: Incident, event: Event, count: int, seconds: float) -> str:
    of = counted(count, "connector")
    if event is Event.OVER:
        return f"[{server}] Over after {duration(seconds)}: {incident.title} ({of})"
    grown = ", and there are more and more of them" if event is Event.GROWN else ""
    names, more = ", ".join(incident.names), count - len(incident.names)
    lines = [
        f"[{server}] {incident.title}: {of} {'are' if count != 1 else 'is'} {incident.condition}{grown}",
        f"Since {shown_time(incident.since)}: {names}" + (f" and {more:,} more" if more > 0 else ""),
    ]
    if incident.text:
        lines.append(incident.text)
    return "\n".join([*lines, f"User action: {incident.action}"])
