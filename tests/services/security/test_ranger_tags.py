"""Tags for Apache Ranger: protections in the form that its tag synchronization reads."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.errors import ConnectorConfigurationError
from services.framework.connection import Connection, Endpoint
from services.framework.dry_run import dry_run
from services.metadata.changes import Declassify
from services.security.ranger.ranger_tags import RangerTags
from services.testing.running import RunningConnector, running_connector
from tests.services.security.protected import FILE, FOLDER, NAME, TABLE, apply, classify, fill


def connection(path: Path, **settings: Any) -> Connection:
    return Connection(endpoint=Endpoint(address=str(path)), configuration_properties=settings)


async def tags_of(directory: Path, *changes: Any, **settings: Any) -> tuple[dict[str, Any], RunningConnector]:
    path = directory / "tags.json"
    async with running_connector(
        RangerTags, directory, connection=connection(path, serviceName="hive", **settings)
    ) as work:
        await fill(work.store)
        await apply(work.store, *changes)
        await work.refresh()
    return msgspec.json.decode(path.read_bytes()), work


def tags_by_resource(document: dict[str, Any]) -> dict[str, list[tuple[str, dict[str, str]]]]:
    """By qualified name, as Ranger resolves the identifiers."""
    return {
        each["additionalInfo"]["qualifiedName"]: [
            (document["tags"][str(tag)]["type"], document["tags"][str(tag)]["attributes"])
            for tag in document["resourceToTagIds"][str(each["id"])]
        ]
        for each in document["serviceResources"]
    }


def elements(document: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in document["serviceResources"] if each["additionalInfo"]["qualifiedName"] == name]
    return {resource: (each["values"], each["isRecursive"]) for resource, each in found["resourceElements"].items()}


async def test_protections_become_tags_of_resources(tmp_path: Path) -> None:
    document, _ = await tags_of(tmp_path, classify(FOLDER, "ZoneMembership", zoneMembership=["trials"]))

    assert (document["op"], document["serviceName"]) == ("replace", "hive")
    assert tags_by_resource(document) == {
        NAME: [("PII", {}), ("CONFIDENTIALITY", {"level": "3", "status": "1"})],
        FILE: [("ZONE", {"name": "trials"})],
        FOLDER: [("ZONE", {"name": "trials"})],
    }
    assert elements(document, NAME) == {
        "database": (["public"], False),
        "table": (["patient"], False),
        "column": (["name"], False),
    }
    assert elements(document, FILE) == {"path": (["/data/trials/a.csv"], False)}
    assert elements(document, FOLDER) == {"path": (["/data/trials"], True)}
    assert {each["name"] for each in document["tagDefinitions"].values()} == {"PII", "CONFIDENTIALITY", "ZONE"}
    assert [each["ownerUser"] for each in document["serviceResources"] if "ownerUser" in each] == ["tessa"]


async def test_resources_have_the_names_of_another_service_definition(tmp_path: Path) -> None:
    trino = {
        "Database": "catalog",
        "DeployedDatabaseSchema": "schema",
        "RelationalTable": "table",
        "RelationalColumn": "column",
    }
    document, work = await tags_of(tmp_path, resources=trino)

    assert list(elements(document, NAME)) == ["catalog", "schema", "table", "column"]
    assert list(tags_by_resource(document)) == [NAME]
    (said,) = [each for each in work.messages if each.startswith("PROTECTION-EXPORT-0003")]
    assert FILE in said


async def test_what_cannot_be_read_has_a_tag_of_its_own(tmp_path: Path) -> None:
    document, _ = await tags_of(tmp_path, classify(TABLE, "SecurityTags", accessGroups=["doctors"]))

    assert tags_by_resource(document)[TABLE] == [("UNREADABLE_PROTECTION", {})]


async def test_unchanged_tags_leave_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "tags.json"
    await tags_of(tmp_path)
    before = path.stat()
    async with running_connector(RangerTags, tmp_path, connection=connection(path, serviceName="hive")) as work:
        await work.refresh()
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)

        await apply(work.store, Declassify(qualified_name=FILE, classification="Ownership"))
        with dry_run() as supposed:
            await work.refresh()
        assert supposed.changes.sent == [str(path)]
        assert path.stat().st_ino == before.st_ino

        await work.refresh()
    assert b"tessa" not in path.read_bytes()


@pytest.mark.parametrize(
    ("settings", "place"),
    [({}, "serviceName"), ({"serviceName": "x", "resources": ["a"]}, "resources"), ({"serviceName": 7}, "serviceName")],
)
async def test_a_setting_that_cannot_be_used_is_named(settings: dict[str, Any], place: str, tmp_path: Path) -> None:
    with pytest.raises(ConnectorConfigurationError, match=place):
        async with running_connector(RangerTags, tmp_path, connection=connection(tmp_path / "x", **settings)):
            pass
