"""`config connector`: the connectors in the stored document of a server."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from integration_daemon.cli.client import Target
from integration_daemon.cli.document_changes import Json, StoredDocument, document_of
from integration_daemon.cli.failure import wrong_usage
from integration_daemon.cli.show import print_json, print_table
from integration_daemon.cli.table import Column
from integration_daemon.client.requests import segment
from integration_daemon.config.load import read_document
from services.near_names import names_instead

connector = App(name="connector", help="Configure the connectors of a server.")
_Name = Annotated[str, Parameter(help="The name of the connector.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ConnectorOptions:
    """Options for the configuration of a connector."""

    connector_class: Annotated[
        str | None,
        Parameter(
            name="--class",
            help="The connector class, such as data-files-monitor; 'integration-daemon connectors' lists them.",
        ),
    ] = None
    service: Annotated[
        str | None, Parameter(help="URL marker of the integration service; default: that of the class.")
    ] = None
    address: Annotated[
        str | None, Parameter(help="Address of the third-party technology, such as a directory or a URL.")
    ] = None
    interval: Annotated[float | None, Parameter(help="Minutes between refreshes; 0: only on request.")] = None
    source: Annotated[str | None, Parameter(help="Qualified name of the metadata source of the elements.")] = None
    login: Annotated[str | None, Parameter(help="The user name at the third-party technology.")] = None
    password: Annotated[str | None, Parameter(help="A reference to the password: env:NAME or file:PATH.")] = None
    setting: Annotated[
        list[str] | None, Parameter(help="A setting as NAME=VALUE; may be repeated. NAME= removes it.")
    ] = None
    from_file: Annotated[Path | None, Parameter(help="A file with the connector's IntegrationConnectorConfig.")] = None


@connector.command(name="set")
async def set_connector(
    name: _Name, *, options: ConnectorOptions | None = None, target: Target | None = None, json: Json = False
) -> None:
    """Add a connector, or change the given settings of one and keep the others."""
    options = options or ConnectorOptions()
    async with document_of(target) as document:

        async def edited() -> tuple[str, object]:
            configured, config = await _found(document, name)
            of_class = None
            if options.connector_class is not None:
                of_class = await _service_of(document, options.connector_class)
            marker = options.service or configured or of_class
            if marker is None:
                wrong_usage("give a new connector a --class, or a --service")
            return _path(marker, name), _changed(config, options)

        await document.edit(edited, json=json, repeats=options.from_file is None)


def _changed(config: dict[str, Any], options: ConnectorOptions) -> dict[str, Any]:
    """The configuration of a connector, changed by the options of a command."""
    if options.from_file is not None:
        config = read_document(options.from_file)
    connection = dict(config.get("connection", {}))
    for part, field, value in (
        ("connectorType", "connectorProviderClassName", options.connector_class),
        ("endpoint", "address", options.address),
    ):
        if value is not None:
            connection[part] = {**connection.get(part, {}), field: value}
    connection |= _without_none(userId=options.login, clearPassword=options.password)
    settings = {**connection.get("configurationProperties", {}), **dict(map(_setting, options.setting or ()))}
    connection |= {"configurationProperties": _without_none(**settings)} if settings else {}
    fields = _without_none(refreshTimeInterval=options.interval, metadataSourceQualifiedName=options.source)
    return {**config, **fields, "connection": connection}


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _setting(text: str) -> tuple[str, Any]:
    """A setting, whose value is JSON, such as a number, or text."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        wrong_usage(f"--setting {text}: give it as NAME=VALUE")
    if not value:
        return name, None
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value


@connector.command(name="remove")
async def remove_connector(name: _Name, *, target: Target | None = None, json: Json = False) -> None:
    """Remove a connector."""
    async with document_of(target) as document:
        marker, _ = await _required(document, name)
        await document.remove(_path(marker, name), json=json)


@connector.command(name="show")
async def show_connector(name: _Name, *, target: Target | None = None) -> None:
    """Show a connector as JSON, without its secrets."""
    async with document_of(target) as document:
        _, config = await _required(document, name)
    print_json(config)


@connector.command(name="list")
async def list_connectors(
    *,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: an array of connectors.", negative="")] = False,
) -> None:
    """List the connectors of the stored document."""
    async with document_of(target) as document:
        found = await _all(document)
    if json:
        print_json([config for _, config in found])
        return
    rows = [
        (
            config["connectorName"],
            marker,
            config["connection"].get("connectorType", {}).get("connectorProviderClassName", ""),
            config["connection"].get("endpoint", {}).get("address", ""),
            config.get("refreshTimeInterval", 0),
        )
        for marker, config in found
    ]
    columns = ("connector", "service", "class", "address", "minutes")
    print_table(
        [Column(each, wraps=each in ("class", "address")) for each in columns], rows, empty="there are no connectors"
    )


async def _all(document: StoredDocument) -> list[tuple[str, dict[str, Any]]]:
    """The connectors of the document, each with the URL marker of its service."""
    if document.is_new:
        return []
    services = (await document.get("integration-services/configuration")).get("services", ())
    return [
        (service["integrationServiceURLMarker"], config)
        for service in services
        for config in service.get("integrationConnectorConfigs", ())
    ]


async def _found(document: StoredDocument, name: str) -> tuple[str | None, dict[str, Any]]:
    found = await _all(document)
    return next(((marker, config) for marker, config in found if config["connectorName"] == name), (None, {}))


async def _required(document: StoredDocument, name: str) -> tuple[str, dict[str, Any]]:
    marker, config = await _found(document, name)
    if marker is None:
        known = [config["connectorName"] for _, config in await _all(document)]
        wrong_usage(f"there is no connector {name}. {names_instead(name, known, kind='connectors')}")
    return marker, config


async def _service_of(document: StoredDocument, name: str) -> str | None:
    """The URL marker for an installed connector class, or `None`; ends the command for a misspelt name."""
    classes = [each.connector for each in await document.platform.connector_classes()]
    found = next((each for each in classes if name in each.provider_class_names), None)
    if found is None and "." not in name and ":" not in name:  # neither installed, nor the path of a class
        known = [each.name for each in classes]
        wrong_usage(f"{name} is not installed. {names_instead(name, known, kind='connector classes')}")
    return None if found is None else found.service or None


def _path(marker: str, name: str) -> str:
    return f"integration-services/{segment(marker)}/connectors/{segment(name)}"
