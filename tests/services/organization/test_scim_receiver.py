"""Users and groups that were received are catalogued."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from services.errors import ConnectorConfigurationError
from services.framework.connection import Connection
from services.organization import scim_receiver
from services.organization.scim.patch import Operation
from services.organization.scim.resources import ENTERPRISE, ResourceKind
from services.organization.scim_intake.directory import ReceivedDirectory, RemoteDirectory
from services.organization.scim_receiver import ScimReceiver
from services.testing.running import RunningConnector, running_connector
from tests.services.organization.catalogued import appointments, names_of, wholes

USER, GROUP = ResourceKind.USER, ResourceKind.GROUP


class Running:
    """The connector, and the users and groups that it catalogues."""

    def __init__(self, connector: RunningConnector) -> None:
        self.connector = connector
        self.received: ReceivedDirectory = connector.connector.context.resources

    async def user(self, user_name: str, **attributes: Any) -> str:
        return await self.received.change(
            lambda writing, _: writing.create(USER, {"userName": user_name, **attributes})
        )

    async def group(self, name: str, *members: str) -> str:
        content = {"displayName": name, "members": [{"value": each} for each in members]}
        return await self.received.change(lambda writing, _: writing.create(GROUP, content))

    async def set(self, key: str, path: str, value: Any) -> None:
        operation = Operation(op="replace", path=path, value=value)
        await self.received.change(lambda writing, _: writing.patch(USER, key, [operation], None))

    async def delete(self, kind: ResourceKind, key: str) -> None:
        await self.received.change(lambda writing, _: writing.delete(kind, key, None))


@asynccontextmanager
async def running(directory: Path, **settings: Any) -> AsyncIterator[Running]:
    connection = Connection(configuration_properties=settings)
    async with running_connector(ScimReceiver, directory, connection=connection) as connector:
        yield Running(connector)


async def test_users_groups_and_managers_are_catalogued_once(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        ann = await work.user("ann", displayName="Ann", emails=[{"value": "ann@example.org"}], title="Head")
        bo = await work.user("bo", displayName="Bo", **{ENTERPRISE: {"manager": {"value": ann}}})
        trials = await work.group("trials", bo)
        await work.group("research", ann, trials)
        await work.connector.refresh()
        store = work.connector.store
        assert await names_of(store, "UserIdentity") == ["ann", "bo"]
        assert await names_of(store, "ContactDetails") == ["ann@example.org"]
        assert await wholes(store) == [("trials", "research")]
        assert await appointments(store) == {
            "Ann": {"Member of research": "", "Leader of Reports of Ann": ""},
            "Bo": {"Member of trials": "", "Member of Reports of Ann": ""},
        }
        again = await work.connector.refresh()
        assert (again.created, again.updated, again.removed) == (0, 0, 0)


async def test_a_person_leaves_when_deactivated_or_deleted_and_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        ann, bo, cy = [await work.user(name, displayName=name.title()) for name in ("ann", "bo", "cy")]
        await work.group("trials", ann, bo, cy)
        await work.connector.refresh()
        await work.set(ann, "active", False)
        await work.delete(USER, bo)
        await work.connector.refresh()
        left = (await appointments(work.connector.store))["Ann"]["Member of trials"]
        assert left
        assert (await appointments(work.connector.store))["Bo"]["Member of trials"]
        assert (await appointments(work.connector.store))["Cy"] == {"Member of trials": ""}
        await work.set(ann, "title", "Emerita")
        await work.connector.refresh()
        assert (await appointments(work.connector.store))["Ann"]["Member of trials"] == left
        await work.set(ann, "active", True)
        await work.connector.refresh()
        assert (await appointments(work.connector.store))["Ann"] == {"Member of trials": ""}


async def test_a_lost_file_takes_nobody_as_gone(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await work.group("trials", await work.user("ann"))
        await work.connector.refresh()
    for each in (tmp_path / "organization-integrator").iterdir():
        each.unlink()
    async with running(tmp_path) as work:
        await work.connector.refresh()
        assert await appointments(work.connector.store) == {"ann": {"Member of trials": ""}}
        assert await names_of(work.connector.store, "Team") == ["trials"]


async def test_a_change_asks_for_a_refresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scim_receiver, "PAUSE", 0)
    async with running(tmp_path) as work:
        assert not work.connector.refresh_requested.is_set()
        await work.user("ann")
        await work.connector.refresh_requested.wait()


async def test_a_connector_in_a_process_of_its_own_sees_the_same(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        remote = RemoteDirectory(work.received.answer)
        assert await remote.change_number() == 0
        key = await work.user("ann")
        await work.group("trials", key)
        assert await remote.wait(0) == 2
        assert await remote.page(USER, "", 10) == await work.received.page(USER, "", 10)
        assert await remote.page(USER, key, 10) == []


async def test_a_wrong_setting_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConnectorConfigurationError, match="organizationName"):
        async with running(tmp_path, organizationName=7):
            pass
