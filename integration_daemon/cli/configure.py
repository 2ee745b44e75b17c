"""`config set`, `config service` and the other commands that build and change the stored document of a server."""

import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from integration_daemon.cli.client import Target, platform_of
from integration_daemon.cli.document_changes import Json, document_of
from integration_daemon.cli.failure import wrong_usage
from integration_daemon.cli.show import plain, print_json, print_table
from integration_daemon.cli.table import Column
from integration_daemon.client.requests import segment
from integration_daemon.config.changes import PROPERTIES
from integration_daemon.config.load import convert, read_document
from services.near_names import names_instead

_Property = Annotated[str, Parameter(help="A field at the top of the document, such as organizationName.")]
_Marker = Annotated[str, Parameter(help="The URL marker of an integration service, such as files-integrator.")]
_AsJson = Annotated[bool, Parameter(help="For programs: the answer of the platform.", negative="")]
_VARIABLES = "/open-metadata/admin-services/stores/placeholder-variables"


async def set_property(name: _Property, value: str, *, target: Target | None = None, json: Json = False) -> None:
    """Set a property of the server: organizationName, maxPageSize, restartPolicy and others.

    A value that begins with { is JSON.
    """
    known = _property(name)
    async with document_of(target) as document:
        await document.change("server-properties", {known: _decoded(value)}, json=json)


async def unset_property(name: _Property, *, target: Target | None = None, json: Json = False) -> None:
    """Reset a property of the server to its default."""
    known = _property(name)
    async with document_of(target) as document:
        await document.change("server-properties", {known: None}, json=json)


def _property(name: str) -> str:
    by_folded = {each.lower(): each for each in PROPERTIES}
    found = by_folded.get(re.sub(r"[-_]", "", name).lower())
    if found is None:
        wrong_usage(f"{name} is no property of a server. {names_instead(name, PROPERTIES, kind='properties')}")
    return found


def _decoded(value: str) -> Any:
    if not value.startswith("{"):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        wrong_usage(f"VALUE is not valid JSON: {error}")


service = App(name="service", help="Configure the integration services of a server.")


@service.command(name="set")
async def set_service(
    marker: _Marker,
    *,
    metadata_server: Annotated[
        str | None, Parameter(help="The metadata server; default: the store of the daemon.")
    ] = None,
    metadata_server_url: Annotated[
        str | None, Parameter(help="The address of the platform of the metadata server.")
    ] = None,
    metadata_server_token: Annotated[
        str | None, Parameter(help="A reference to an API token for the metadata server, such as env:NAME.")
    ] = None,
    target: Target | None = None,
    json: Json = False,
) -> None:
    """Add an integration service, or change the metadata server of one; its connectors stay."""
    given = {
        "omagserverName": metadata_server,
        "omagserverPlatformRootURL": metadata_server_url,
        "metadataServerToken": metadata_server_token,
    }
    path = f"integration-services/{segment(marker)}"
    changed = {name: value for name, value in given.items() if value is not None}
    async with document_of(target) as document:

        async def edited() -> tuple[str, object]:
            found = {} if document.is_new else await document.get(f"{path}/configuration")
            return path, {**found.get("config", {}), **changed}

        await document.edit(edited, json=json)


@service.command(name="remove")
async def remove_service(marker: _Marker, *, target: Target | None = None, json: Json = False) -> None:
    """Remove an integration service with its connectors."""
    async with document_of(target) as document:
        await document.remove(f"integration-services/{segment(marker)}", json=json)


@service.command(name="list")
async def list_services(*, target: Target | None = None, json: _AsJson = False) -> None:
    """List the configured integration services."""
    async with document_of(target) as document:
        found = (await document.get("integration-services/configuration")).get("services", [])
    if json:
        print_json(found)
        return
    rows = [
        (
            each["integrationServiceURLMarker"],
            len(each.get("integrationConnectorConfigs", ())),
            " at ".join(each[name] for name in ("omagserverName", "omagserverPlatformRootURL") if name in each),
        )
        for each in found
    ]
    columns = (Column("service"), Column("connectors"), Column("metadata server", wraps=True))
    print_table(columns, rows, empty="there are no services")


audit_destination = App(name="audit-destination", help="Configure where the audit log of a server is written.")


@audit_destination.command(name="add")
async def add_destination(
    kind: Annotated[str, Parameter(help="The kind: console, files, slf4j, or an installed destination.")],
    *,
    severity: Annotated[list[str] | None, Parameter(help="A severity to write; may be repeated; default: all.")] = None,
    directory: Annotated[
        str | None, Parameter(help="The directory of the files, in the directory of the logs.")
    ] = None,
    target: Target | None = None,
    json: Json = False,
) -> None:
    """Add a destination, or change the severities of one."""
    path = f"audit-log-destinations/{segment(kind)}"
    params = {} if directory is None else {"directoryName": directory}
    async with document_of(target) as document:
        await document.change(path, severity or [], json=json, **params)


@audit_destination.command(name="default")
async def default_destination(*, target: Target | None = None, json: Json = False) -> None:
    """Set the console as the only destination."""
    async with document_of(target) as document:
        await document.change("audit-log-destinations/default", json=json)


@audit_destination.command(name="remove")
async def remove_destination(
    name: Annotated[str, Parameter(help="The name or the kind of the destination.")],
    *,
    target: Target | None = None,
    json: Json = False,
) -> None:
    """Remove a destination."""
    async with document_of(target) as document:
        await document.remove(f"audit-log-destinations/connection/{segment(name)}", json=json)


@audit_destination.command(name="list")
async def list_destinations(*, target: Target | None = None, json: _AsJson = False) -> None:
    """List the destinations."""
    async with document_of(target) as document:
        found = (await document.get("audit-log-destinations")).get("connections", [])
    if json:
        print_json(found)
        return
    rows = [
        (
            each.get("qualifiedName", each.get("displayName", "")),
            each.get("connectorType", {}).get("connectorProviderClassName", ""),
            each.get("endpoint", {}).get("address", ""),
            ", ".join(each.get("configurationProperties", {}).get("supportedSeverities", ())),
        )
        for each in found
    ]
    columns = (Column("name"), Column("kind"), Column("address", wraps=True), Column("severities", wraps=True))
    print_table(columns, rows, empty="the console, by default")


placeholder = App(name="placeholder", help="Set the placeholder variables of a platform: ~{NAME}~ in documents.")
_Name = Annotated[str, Parameter(help="The name of the variable, without ~{ }~.")]


@placeholder.command(name="set")
async def set_placeholder(name: _Name, value: str, *, target: Target | None = None) -> None:
    """Set a variable. Servers use the new value when they are started or reloaded."""
    async with platform_of(target) as platform:
        await platform.call("POST", f"{_VARIABLES}/{segment(name)}", {"string": value})
    print(f"{plain(name)} is set; a server has the value when it is started or reloaded")


@placeholder.command(name="remove")
async def remove_placeholder(name: _Name, *, target: Target | None = None) -> None:
    """Remove a variable."""
    async with platform_of(target) as platform:
        known = (await platform.call("GET", _VARIABLES))["stringMap"]
        if name not in known:
            wrong_usage(f"there is no variable {name}. {names_instead(name, [*known], kind='variables')}")
        await platform.call("DELETE", f"{_VARIABLES}/{segment(name)}")
    print(f"{plain(name)} is removed")


@placeholder.command(name="list")
async def list_placeholders(*, target: Target | None = None, json: _AsJson = False) -> None:
    """List the variables; the values of variables whose names suggest a secret are masked."""
    async with platform_of(target) as platform:
        found = (await platform.call("GET", _VARIABLES))["stringMap"]
    if json:
        print_json(found)
    else:
        print_table((Column("name"), Column("value", wraps=True)), [*found.items()], empty="there are no variables")


async def store(document: Path, *, target: Target | None = None, json: Json = False) -> None:
    """Store a document at the platform, without starting its server; --server: under another name."""
    content = read_document(document)
    config = convert(content, str(document))
    async with document_of(target, config.local_server_name) as stored:

        async def edited() -> tuple[str, object]:
            return "configuration", content

        await stored.edit(edited, json=json, repeats=False)


async def start(
    document: Annotated[Path | None, Parameter(help="A document to store first; default: the stored one.")] = None,
    *,
    target: Target | None = None,
) -> None:
    """Start a server with its stored document, or with another one."""
    content = msgspec.UNSET if document is None else read_document(document)
    name = None if document is None else convert(content, str(document)).local_server_name
    async with document_of(target, name) as stored:
        answer = await stored.platform.call("POST", stored.path("instance"), content)
    print(plain(answer["successMessage"]))


async def stop(*, target: Target | None = None) -> None:
    """Stop a server, and keep its document. Connectors are stopped by 'integration-daemon stop'."""
    async with document_of(target) as stored:
        await stored.platform.call("DELETE", stored.path("instance"))
    print(f"{plain(stored.server)} has stopped")


async def delete(*, target: Target | None = None) -> None:
    """Delete the document of a server that does not run, with all its versions; its metadata is kept."""
    async with document_of(target) as stored:
        await stored.platform.call("DELETE", stored.path("configuration"))
    print(f"the document of {plain(stored.server)} is deleted")
