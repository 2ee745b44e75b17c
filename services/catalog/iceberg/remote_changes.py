"""Changes of the properties of namespaces, tables and views at an Iceberg catalogue, and the times of such changes."""

from collections.abc import Mapping
from typing import Any

from services.catalog.iceberg.client import IcebergClient, Namespace
from services.catalog.iceberg.listing import VIEWS, Entry
from services.catalog.iceberg.wire import LoadedTable, LoadedView, TableMetadata, ViewMetadata

Changes = Mapping[str, str | None]
"""Values by name; `None` for a property to remove."""
Loaded = LoadedTable | LoadedView


async def change_namespace(client: IcebergClient, namespace: Namespace, changes: Changes) -> None:
    """Change properties of a namespace; raises as `IcebergClient.send`."""
    updates = {name: value for name, value in changes.items() if value is not None}
    removals = [name for name, value in changes.items() if value is None]
    await client.send("POST", client.place(namespace) + "/properties", body={"removals": removals, "updates": updates})


async def change_table(client: IcebergClient, entry: Entry, loaded: Loaded, changes: Changes) -> Loaded:
    """Change properties of a loaded table or view; raises as `IcebergClient.send`."""
    place = client.place(entry.namespace, entry.kind, entry.name)
    metadata = loaded.metadata
    if isinstance(metadata, ViewMetadata):
        requirement = {"type": "assert-view-uuid", "uuid": metadata.view_uuid}
    else:
        requirement = {"type": "assert-table-uuid", "uuid": metadata.table_uuid}
    body = {
        "identifier": {"namespace": entry.namespace, "name": entry.name},
        "requirements": [requirement],
        "updates": updates_of(changes),
    }
    await client.send("POST", place, body=body)
    return await load(client, entry)  # some servers omit the metadata location from the response to a change


async def load(client: IcebergClient, entry: Entry) -> Loaded:
    """Load a table or view; raises as `IcebergClient.send`."""
    place = client.place(entry.namespace, entry.kind, entry.name)
    if entry.kind == VIEWS:
        return await client.get(place, LoadedView)
    return await client.get(place, LoadedTable, {"snapshots": "refs"})


def changed_at(metadata: TableMetadata | ViewMetadata) -> float | None:
    """Time of the last change that added no data, in seconds since the epoch: the latest time of a property change."""
    if isinstance(metadata, ViewMetadata):
        times = [each.timestamp_ms for each in metadata.versions]
        return max(times) / 1000 if times else None
    times = [metadata.last_updated_ms, *(each.timestamp_ms for each in metadata.metadata_log)]
    of_data = {each.timestamp_ms for each in metadata.snapshot_log}
    others = [each for each in times if each not in of_data]
    return max(others or times) / 1000


def updates_of(changes: Changes) -> list[dict[str, Any]]:
    """The updates of a table or view, in the form of the API, that make these changes of properties."""
    updates = {name: value for name, value in changes.items() if value is not None}
    removals = [name for name, value in changes.items() if value is None]
    done: list[dict[str, Any]] = []
    if updates:
        done.append({"action": "set-properties", "updates": updates})
    if removals:
        done.append({"action": "remove-properties", "removals": removals})
    return done
