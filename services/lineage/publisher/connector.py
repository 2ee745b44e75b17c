"""The publisher: sends catalogued lineage to a third party as OpenLineage events."""

from collections.abc import Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path

import msgspec
import trio

from services.framework.connector import ConnectorProvider, Setting
from services.framework.dry_run import current_dry_run
from services.lineage.publisher import messages
from services.lineage.publisher.job_events import JobEvent, JobEvents
from services.lineage.publisher.receiver import Receiver, open_receiver, receiver_settings
from services.lineage.service import LineageIntegratorConnector
from services.metadata.bounds import MOST_IN_A_PAGE

AT_ONCE = 8
"""Events that are under way to the receiver."""
_JAVA = "org.odpi.openmetadata.adapters.connectors.integration."
_PROVIDER = "GovernanceActionOpenLineageIntegrationProvider"


class Position(msgspec.Struct):
    """How far the feed of changes has been published to an address."""

    url: str
    after: int


class OpenLineagePublisher(LineageIntegratorConnector):
    """Sends the lineage of processes and views as job events, whenever it changes.

    It follows the feed of changes of the metadata store, from the position that is kept in the data directory. What was
    catalogued from OpenLineage events is not sent.
    """

    provider = ConnectorProvider(
        description="Sends the lineage of processes and views as OpenLineage events to an HTTP endpoint.",
        class_names=(_JAVA + "openlineage." + _PROVIDER, _JAVA + "lineage." + _PROVIDER),
        endpoint="the URL of the receiver; without a path, events are sent to /api/v1/lineage",
        settings=(
            Setting(
                name="namespace",
                description="the namespace of jobs that are processes",
                default="open-metadata",
            ),
        ),
    )

    async def start(self) -> None:
        """Check the settings, and read the position."""
        connection = self.context.connection
        self._settings = receiver_settings(self.connector_name, connection.address, connection.clear_password)
        self._events = JobEvents(self.context, str(self.context.setting("namespace", "")))
        self._sent: dict[str, bytes] = {}
        """A digest of the last event of each job, without its time."""
        kept = await trio.to_thread.run_sync(_read, self._file)
        self._after = kept.after if kept is not None and kept.url == self._settings.url else 0

    async def refresh(self) -> None:
        """Send the lineage of everything that has changed."""
        self.context.require_third_party_changes("publish lineage")
        after, sent, refused = self._after, 0, 0
        async with open_receiver(self._settings) as receiver:
            while True:
                page = await self.context.store.changes(after, MOST_IN_A_PAGE)
                events = await self._events.of([each.element for each in page.changes if each.element is not None])
                new = [each for each in events if self._sent.get(each.job) != _digest(each)]
                after = page.last
                if current_dry_run() is None:
                    refused += await self._send(receiver, new)
                    sent += len(new)
                    await self._advance(after)
                if page.is_last:
                    break
        if sent:
            self.context.audit_log.record(
                messages.PUBLISHED,
                connector=self.connector_name,
                jobs=sent,
                address=self._settings.url,
                refused=refused,
            )

    async def _send(self, receiver: Receiver, events: Sequence[JobEvent]) -> int:
        """Send events, some at once; returns how many were refused."""
        left, refused = iter(events), 0

        async def send_some() -> None:
            nonlocal refused
            for event in left:
                cause = await receiver.send(event.content)
                self._sent[event.job] = _digest(event)
                if cause:
                    refused += 1
                    self.context.audit_log.record(
                        messages.EVENT_REFUSED,
                        connector=self.connector_name,
                        job=event.job,
                        address=self._settings.url,
                        cause=cause,
                    )

        async with trio.open_nursery() as nursery:
            for _ in range(min(AT_ONCE, len(events))):
                nursery.start_soon(send_some)
        return refused

    async def _advance(self, after: int) -> None:
        if after == self._after:
            return
        self._after = after
        position = Position(self._settings.url, after)
        await trio.to_thread.run_sync(partial(_write, self._file, position))

    @property
    def _file(self) -> Path | None:
        directory = self.context.directory
        name = blake2b(self.connector_name.encode(), digest_size=8).hexdigest()
        return None if directory is None else directory / f"published-{name}.json"


def _digest(event: JobEvent) -> bytes:
    fields = msgspec.json.decode(event.content, type=dict[str, msgspec.Raw])
    return blake2b(b"".join(bytes(fields[name]) for name in ("job", "inputs", "outputs")), digest_size=16).digest()


def _read(file: Path | None) -> Position | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Position) if file is not None else None
    except (OSError, msgspec.MsgspecError):  # everything is sent again
        return None


def _write(file: Path | None, position: Position) -> None:
    if file is not None:
        new = file.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(position))
        new.replace(file)
