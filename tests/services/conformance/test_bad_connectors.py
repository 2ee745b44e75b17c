"""The conformance suite finds faults: a connector with one fault fails the test for that fault."""

import os
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trio

from audit.message import ErrorMessage
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError
from services.files.service import FilesIntegratorConnector
from services.framework.broker import ConnectorClass
from services.framework.connection import Connection, Endpoint
from services.framework.connector import ConnectorProvider
from services.metadata.changes import Batch, Change, Put, Remove
from services.metadata.mapping import to_put
from services.metadata.types.files import Document
from services.testing import ConnectorConformance

PROBLEM = ErrorMessage(id="SHELF-400-001", http_code=400, text="{problem}", system_action="none", user_action="none")


class Shelf(FilesIntegratorConnector):
    """A correct connector that catalogues the names of the files in a directory."""

    provider = ConnectorProvider(description="for tests")

    async def start(self) -> None:
        if not self.connection.address:
            raise ConnectorConfigurationError(PROBLEM, problem="no address")

    async def refresh(self) -> None:
        async with self.context.reconcile(self.scope) as catalog:
            for put in await self.stated():
                await catalog.put([put])

    @property
    def scope(self) -> str:
        return f"shelf::{self.connection.address}::"

    async def stated(self) -> list[Put]:
        return await trio.to_thread.run_sync(self.read)

    def read(self) -> list[Put]:
        directory = Path(self.connection.address or "")
        try:
            return [
                to_put(Document(qualified_name=self.scope + path.name, description=path.read_text()))
                for path in sorted(directory.iterdir())
            ]
        except OSError as error:
            raise ThirdPartyUnavailableError(PROBLEM, problem=error.strerror) from error

    async def apply_unasked(self, changes: list[Change]) -> None:
        batch = Batch(user="x", metadata_source=self.context.settings.metadata_source, changes=changes)
        await self.context.store.apply(batch)

    async def remove_everything(self) -> None:
        held = await self.context.store.fingerprints(self.context.settings.metadata_source, self.scope)
        await self.context.apply([Remove(source_key=key) for key in held])


class BlockingShelf(Shelf):
    """The same connector with plain functions."""

    def refresh(self) -> None:  # type: ignore[override]
        with self.context.reconcile(self.scope) as catalog:
            for put in self.read():
                catalog.put([put])


class WritesAfterCancel(Shelf):
    """Writes everything once more when it is cancelled."""

    async def refresh(self) -> None:
        try:
            await super().refresh()
        except trio.Cancelled:
            with trio.CancelScope(shield=True):
                await self.context.apply([to_put(Document(qualified_name=self.scope + "farewell"))])
            raise


class WritesFromATask(Shelf):
    """Writes from a task that outlives the call."""

    async def refresh(self) -> None:
        trio.lowlevel.spawn_system_task(self.write_later)
        await super().refresh()

    async def write_later(self) -> None:
        try:
            await trio.sleep(0.2)
            await self.context.apply([to_put(Document(qualified_name=self.scope + "later"))])
        except Exception:
            return


class IgnoresCancel(Shelf):
    """Does not end when it is cancelled."""

    async def refresh(self) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()


class HoldsTheLoop(Shelf):
    """Blocks the event loop."""

    async def start(self) -> None:
        await super().start()
        time.sleep(60)  # noqa: ASYNC251


class EngagesForGood(Shelf):
    """Its engage cannot be cancelled."""

    async def engage(self) -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()


class LeavesAThread(Shelf):
    """Starts a thread that nothing ends."""

    async def start(self) -> None:
        await super().start()
        threading.Thread(target=time.sleep, args=(60,), name="forgotten", daemon=True).start()


class LeavesATask(Shelf):
    """Starts a task that nothing ends."""

    async def start(self) -> None:
        await super().start()
        trio.lowlevel.spawn_system_task(trio.sleep_forever, name="forgotten")


class LeavesADescriptor(Shelf):
    """Opens a file that nothing closes."""

    async def start(self) -> None:
        await super().start()
        os.dup(2)


class LeavesADescriptorWhenItFails(Shelf):
    """Opens a file and fails; it closes the file only if nothing failed."""

    async def refresh(self) -> None:
        descriptor = os.dup(2)
        await super().refresh()
        os.close(descriptor)


class RemovesWhenCancelled(Shelf):
    """Removes all elements that an interrupted scan did not reach."""

    async def refresh(self) -> None:
        try:
            await super().refresh()
        except BaseException:
            with trio.CancelScope(shield=True):
                await self.remove_everything()
            raise


class RemovesOnAnIncompleteScan(Shelf):
    """Treats a third party that fails in the middle as an empty one."""

    async def refresh(self) -> None:
        async with self.context.reconcile(self.scope) as catalog:
            try:
                await catalog.put(await self.stated())
            except ThirdPartyUnavailableError:
                return


class RemovesThenFails(Shelf):
    """Removes existing elements before it has read the third party, and then raises the right exception."""

    async def refresh(self) -> None:
        try:
            await super().refresh()
        except ThirdPartyUnavailableError:
            await self.remove_everything()
            raise


class NeverRemoves(Shelf):
    """Never removes elements."""

    async def refresh(self) -> None:
        await self.context.apply(await self.stated())


class WritesAgain(Shelf):
    """Catalogues the time of the refresh, which changes every time."""

    async def refresh(self) -> None:
        await super().refresh()
        text = str(time.monotonic_ns())
        await self.context.apply([to_put(Document(qualified_name=self.scope + "!", description=text))])


class PassesBy(Shelf):
    """Ignores the permitted synchronization when it writes."""

    async def refresh(self) -> None:
        await self.apply_unasked(list(await self.stated()))


class Swallows(Shelf):
    """Swallows every error of its context."""

    async def refresh(self) -> None:
        stated = await self.stated()
        try:
            async with self.context.reconcile(self.scope) as catalog:
                await catalog.put(stated)
        except Exception:
            return


class RemembersTooMuch(Shelf):
    """Reads the third party only once in the life of the process."""

    memory: ClassVar[dict[str, list[Put]]] = {}

    async def stated(self) -> list[Put]:
        if self.scope not in self.memory:
            self.memory[self.scope] = await super().stated()
        return self.memory[self.scope]


class RemembersTheFirst(Shelf):
    """Reads the third party only once in each incarnation."""

    async def start(self) -> None:
        await super().start()
        self.first = await super().stated()

    async def stated(self) -> list[Put]:
        return self.first


class RaisesWhateverComes(Shelf):
    """Lets an OSError escape."""

    def read(self) -> list[Put]:
        try:
            return super().read()
        except ThirdPartyUnavailableError as error:
            raise OSError("not there") from error


class TakesAnySetting(Shelf):
    """Does not check its configuration."""

    async def start(self) -> None:
        await trio.lowlevel.checkpoint()


class NeedsAStart(Shelf):
    """Its `disconnect` relies on an attribute that `start` sets."""

    async def start(self) -> None:
        await super().start()
        self.session = "open"

    async def disconnect(self) -> None:
        self.session.encode()


class Unoffered(FilesIntegratorConnector):
    """Has no provider."""


class OfAShelf(ConnectorConformance):
    """The suite for one of these classes. Pytest does not collect it."""

    def connection(self) -> Connection:
        return Connection(endpoint=Endpoint(address=str(self.directory / "shelf")))

    def make_third_party(self) -> None:
        (self.directory / "shelf").mkdir()
        for name in "abcd":
            (self.directory / "shelf" / name).write_text(name)

    def change(self) -> None:
        (self.directory / "shelf" / "b").write_text("changed")

    def remove_one(self) -> None:
        (self.directory / "shelf" / "c").unlink()

    def make_unavailable(self) -> None:
        (self.directory / "shelf").rename(self.directory / "elsewhere")


class TestShelf(OfAShelf):
    """All tests pass for the correct connector, so the others fail because of their faults."""

    connector_class = Shelf


class TestBlockingShelf(TestShelf):
    """All tests pass for the correct connector with plain functions."""

    connector_class = BlockingShelf


LASTING = (IgnoresCancel, EngagesForGood, LeavesAThread, LeavesATask, LeavesADescriptor, LeavesADescriptorWhenItFails)
"""The connectors whose leftovers stay, however long a test waits."""

BAD: dict[tuple[ConnectorClass, str], str] = {
    (WritesAfterCancel, "a_cancelled_refresh_writes_nothing_more"): "wrote 1 batches after it had been cancelled",
    (WritesFromATask, "a_cancelled_refresh_writes_nothing_more"): "wrote 1 batches after it had been cancelled",
    (IgnoresCancel, "refresh_can_be_cancelled"): "refresh did not end within 0.5 seconds after it was cancelled",
    (HoldsTheLoop, "life_cycle"): "in start: a method waits for good, or holds the event loop",
    (EngagesForGood, "engage_can_be_cancelled"): "engage did not end within 0.5 seconds after it was cancelled",
    (LeavesAThread, "no_thread_is_left"): "left threads behind after disconnect: forgotten",
    (LeavesATask, "no_task_is_left"): "left tasks behind after disconnect: forgotten",
    (LeavesADescriptor, "no_descriptor_is_left"): "left descriptors behind after disconnect",
    (LeavesADescriptorWhenItFails, "no_descriptor_is_left"): "left descriptors behind after disconnect",
    (RemovesWhenCancelled, "a_cancelled_scan_removes_nothing"): "a cancelled refresh removed shelf::",
    (RemovesOnAnIncompleteScan, "a_scan_that_fails_removes_nothing"): "a refresh that broke off removed shelf::",
    (RemovesThenFails, "an_unavailable_third_party_is_a_failure_of_its_own_kind"): "was removed while the third party",
    (RemovesThenFails, "a_scan_that_fails_removes_nothing"): "a refresh that broke off removed shelf::",
    (NeverRemoves, "a_complete_scan_removes_missing_elements"): "a complete refresh kept shelf::",
    (WritesAgain, "an_unchanged_refresh_writes_nothing"): "a refresh of what had not changed wrote to shelf::",
    (PassesBy, "permitted_synchronization"): "metadata was changed although",
    (Swallows, "permitted_synchronization"): "UserNotAuthorizedError was swallowed",
    (Swallows, "a_failure_of_the_metadata_store_is_passed_on"): "swallowed the error of an unavailable metadata store",
    (RemembersTooMuch, "restart"): "a restarted connector did not catalogue a change",
    (RemembersTheFirst, "a_change_is_catalogued"): "a second refresh did not catalogue a change",
    (RaisesWhateverComes, "an_unavailable_third_party_is_a_failure_of_its_own_kind"): "raised OSError: not there where",
    (TakesAnySetting, "a_wrong_setting_is_a_failure_of_the_configuration"): "raise ConnectorConfigurationError",
    (NeedsAStart, "disconnect_without_a_start"): "has no attribute 'session', in disconnect",
    (NeedsAStart, "disconnect_after_a_failed_start"): "has no attribute 'session', in disconnect",
    (Unoffered, "the_class_can_be_offered"): "its attribute provider is not a ConnectorProvider",
}


@pytest.mark.parametrize(("bad", "message"), list(BAD.items()), ids=lambda each: _shown(each))
def test_a_bad_connector_fails_the_test_for_its_fault(
    bad: tuple[ConnectorClass, str], message: str, tmp_path: Path
) -> None:
    connector_class, name = bad
    with pytest.raises(AssertionError) as failure:
        _test_of(connector_class, name, tmp_path)()
    assert message in str(failure.value)


def _test_of(tested: ConnectorClass, name: str, tmp_path: Path) -> Callable[[], Any]:
    members: dict[str, Any] = {"connector_class": tested}
    if tested in LASTING:
        members["grace"] = 0.5  # shorter waits: these connectors never finish in time
    if tested is HoldsTheLoop:
        members["limit"] = 5.0
    suite = type("OfThisOne", (OfAShelf,), members)()
    test = getattr(suite, f"test_{name}")
    return test if name == "the_class_can_be_offered" else partial(test, tmp_path)


def _shown(value: object) -> str:
    return f"{value[0].__name__}-{value[1]}" if isinstance(value, tuple) else "-"
