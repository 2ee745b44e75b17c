"""Following an integration group: it is read at the start, on request, and whenever it may have changed.

A metadata server with a feed of changes is polled every few seconds; the group is read again if a change may concern
it. From any other server the group is read at an interval. Start and stop dates take effect without a reading.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from math import inf
from typing import Protocol

import trio

from audit.errors import DescribedError, exception_class_name
from audit.log import AuditLog
from audit.masking import masked_text
from audit.message import AuditMessage
from integration_daemon.groups import messages
from integration_daemon.groups.definition import GroupDefinition
from integration_daemon.groups.feed import Feed
from integration_daemon.groups.group import IntegrationGroup
from integration_daemon.groups.reading import FindClass, GroupReader
from integration_daemon.groups.registration import Rules
from services.errors import InvalidParameterError
from services.metadata.element import ElementStatus
from services.metadata.store import MetadataStore

FEED_PAUSE = 2.0
"""Seconds between two polls of the feed of changes."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds before another attempt, after the first failure and after many."""
SHARE, SHARE_OF_UPDATE = 10, 3
"""Factors of the time of a reading, of the whole group or of changes, by which the pause after it is longer: a large
group is read less often."""
LONGEST_SLEEP = 86_400.0
"""Longest wait for a start or stop date, in seconds."""


class Applied(Protocol):
    """The changes that the daemon made to apply a group."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    unchanged: int


Apply = Callable[[IntegrationGroup], Awaitable[Applied]]
"""Has the daemon run the current units of a group."""


class Follower:
    """Follows one group. The methods are for the event loop's thread."""

    def __init__(
        self,
        daemon: str,
        group: IntegrationGroup,
        store: MetadataStore,
        find_class: FindClass,
        apply: Apply,
        audit_log: AuditLog,
    ) -> None:
        self.group = group
        self._store = store
        rules = Rules(tuple(group.config.secret_references or ()))
        self._reader = GroupReader(store, group.name, rules, find_class)
        self._definition: GroupDefinition | None = None
        """The last applied definition."""
        self._apply = apply
        self._audit_log = audit_log
        self._inserts = {
            "daemon": daemon,
            "group": group.name,
            "metadata_server": group.config.omagserver_name or daemon,
        }
        self._feed: Feed | None = None
        self._wanted = trio.Event()
        self._waiting: list[trio.Event] = []
        """Events of the callers that wait for a reading, in the order of their requests."""
        self._has_ended = False
        """True once the group is no longer followed, because it was removed or the daemon stops."""
        self._is_missing = False
        """True if the last reading did not find the group, which existed before."""
        self._logged: tuple[str, str] | None = None
        """The last logged failure, whose repetition is not logged."""
        self._refused: dict[str, str] = {}
        """Refused units by name, with the logged reasons."""

    async def run(self) -> None:
        """Follow the group until cancelled, and then release all waiting callers."""
        try:
            await self._follow()
        finally:
            self._has_ended = True
            self._release(len(self._waiting))

    def _release(self, count: int) -> None:
        """Release the first `count` callers that wait for a reading."""
        for caller in self._waiting[:count]:
            caller.set()
        del self._waiting[:count]

    async def _follow(self) -> None:
        pause, news = FIRST_PAUSE, None
        while True:
            began = trio.current_time()
            self._wanted = trio.Event()
            callers = len(self._waiting)
            try:
                is_done = await self._read(news)
            except Exception as error:  # an error of the metadata server or its content affects this group alone
                is_done, self._feed = False, None  # a restarted server may number its changes anew
                self._note(error, messages.GROUP_NOT_READ)
            self._release(callers)
            share, news = SHARE if news is None else SHARE_OF_UPDATE, None
            if is_done:
                pause = FIRST_PAUSE
                await self._sleep((trio.current_time() - began) * share)
                news = await self._until_it_may_have_changed()
            else:
                await self._sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def refresh(self) -> None:
        """Have the group read and applied now, and wait; raises the problem, if any.

        Raises `InvalidParameterError` if the group is no longer followed.
        """
        if not self._has_ended:
            done = trio.Event()
            self._waiting.append(done)
            self._wanted.set()
            await done.wait()
        if self._has_ended:
            raise InvalidParameterError(messages.UNKNOWN_GROUP, group=self.group.name, daemon=self._inserts["daemon"])
        if self.group.problem is not None:
            raise self.group.problem.with_traceback(None)

    def read_again(self) -> None:
        """Have the group read and applied soon."""
        self._wanted.set()

    async def _read(self, news: Mapping[str, str] | None) -> bool:
        """Read the group, or only its changed elements, and apply it.

        Returns true if nothing is left to do until the next change.
        """
        if self._feed is None:
            await self._begin_feed()
        if news is None:
            self._audit_log.record(messages.READING_GROUP, **self._inserts)
            definition = await self._reader.read()
        else:
            definition = await self._reader.update(news)
        if definition is None:
            return await self._miss()
        if definition is self._definition:
            return True
        self.group.take(definition)
        self._logged, self._is_missing = None, False
        if is_applied := await self._apply_now():
            self._definition = definition
        return is_applied

    async def _miss(self) -> bool:
        """Handle a missing group: if two readings find its element deleted, its connectors are stopped."""
        before = self.group.definition
        self._note(InvalidParameterError(messages.GROUP_NOT_FOUND, **self._inserts), messages.GROUP_NOT_READ)
        if before is None or await self._has_element(before.guid):  # it never existed, or has been renamed
            return True
        if not self._is_missing:  # a server that has just started may not have all elements yet
            self._is_missing = True
            return False
        self._audit_log.record(messages.GROUP_DELETED, **self._inserts)
        self.group.forget()
        return await self._apply_now()

    async def _has_element(self, guid: str) -> bool:
        return any(each.status is ElementStatus.ACTIVE for each in await self._store.get([guid]))

    async def _begin_feed(self) -> None:
        feed = Feed(self._store)
        if await feed.begin():
            self._feed = feed
            self._audit_log.record(messages.GROUP_FOLLOWED, **self._inserts)

    async def _apply_now(self) -> bool:
        try:
            done = await self._apply(self.group)
        except Exception as error:
            self._note(error, messages.GROUP_NOT_APPLIED)
            return False
        self._audit_log.record(
            messages.GROUP_APPLIED,
            added=len(done.added),
            changed=len(done.changed),
            removed=len(done.removed),
            unchanged=done.unchanged,
            **self._inserts,
        )
        self._log_refusals()
        return True

    def _log_refusals(self) -> None:
        """Log the units that cannot be run, once for each reason."""
        definition = self.group.definition
        units = definition.units if definition is not None else ()
        refused = {each.config.connector_name: each.config.refusal for each in units if each.config.refusal}
        for name, reason in refused.items():
            if self._refused.get(name) != reason:
                self._audit_log.record(
                    messages.REGISTRATION_NOT_USED, connector=name, group=self.group.name, problem=masked_text(reason)
                )
        self._refused = refused

    async def _until_it_may_have_changed(self) -> Mapping[str, str] | None:
        """Wait until the group may have changed; returns the changed elements, if they are known."""
        interval = self.group.config.refresh_time_interval * 60
        read_again = trio.current_time() + interval if self._feed is None else inf
        next_date = self._next_date()
        while not self._wanted.is_set():
            pause = FEED_PAUSE if self._feed is not None else read_again - trio.current_time()
            await self._sleep(min(pause, next_date - time.time()))
            if time.time() >= next_date:
                if not await self._apply_now():
                    return None
                next_date = self._next_date()
            elif self._feed is not None:
                if (news := await self._news(self._feed)) or self._feed is None:
                    return news
            elif trio.current_time() >= read_again:
                break
        return None

    def _next_date(self) -> float:
        """The time at which the next period of the group begins or ends, in seconds since the epoch."""
        return inf if self.group.definition is None else self.group.definition.next_change(time.time())

    async def _news(self, feed: Feed) -> Mapping[str, str] | None:
        """The changes that may concern the group, or `None` if the feed fails."""
        try:
            return await feed.changes(self._reader)
        except Exception as error:
            self._feed = None  # a restarted server may number its changes anew
            self._note(error, messages.GROUP_NOT_FOLLOWED)
            return None

    async def _sleep(self, seconds: float) -> None:
        """Wait for some seconds, or until a reading is requested."""
        with trio.move_on_after(max(0.0, min(seconds, LONGEST_SLEEP))):
            await self._wanted.wait()

    def _note(self, error: Exception, message: AuditMessage) -> None:
        self.group.problem = error
        text = masked_text(str(error))
        if self._logged == (message.id, text):
            return
        self._logged = (message.id, text)
        inserts = {"exception": exception_class_name(error), "message": text, **self._inserts}
        if isinstance(error, DescribedError):
            self._audit_log.record(message, **inserts)
        else:
            self._audit_log.exception(message, error, **inserts)
