"""Descriptions of the installed connectors, for people and programs that configure them."""

from typing import Any

from services.connector_description import ConnectorDescription, SettingDescription
from services.framework.broker import InstalledConnector, installed_connectors
from services.framework.exchange import Exchange
from services.registry import registered_services


def describe_connectors() -> list[ConnectorDescription]:
    """Descriptions of the installed connectors, in the order of their names."""
    return [described(each) for each in installed_connectors()]


def settings_schema(connector: ConnectorDescription) -> dict[str, Any]:
    """The JSON Schema of the settings of a connector (`configurationProperties`)."""
    properties = {
        each.name: {"description": each.description, **({} if each.default is None else {"default": each.default})}
        for each in connector.settings
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": connector.name,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def described(installed: InstalledConnector) -> ConnectorDescription:
    """Describe a connector."""
    provider, service = installed.connector_class.provider, ""
    for each in registered_services():
        if issubclass(installed.connector_class, each.connector_class):
            service = each.url_marker
            break
    exchange = provider.exchange or Exchange(directions=(), rights="")
    return ConnectorDescription(
        name=installed.name,
        service=service,
        description=provider.description,
        provider_class_names=[*provider.class_names, installed.name],
        permitted_synchronization=[each.value for each in exchange.directions],
        rights=exchange.rights,
        reads=list(exchange.read_names),
        writes=list(exchange.written_names),
        endpoint=provider.endpoint,
        settings=[
            SettingDescription(name=setting.name, default=setting.default, description=setting.description)
            for setting in provider.settings
        ],
    )
