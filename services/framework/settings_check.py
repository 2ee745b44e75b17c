"""Checks the settings of a connector without running it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from audit.errors import DescribedError
from audit.log import AuditLog, Buffer, Component
from services.framework.broker import ConnectorClass, make_connector
from services.framework.connector import optional_method
from services.framework.context import ContextSettings
from services.framework.factory import give_context
from services.framework.service import IntegrationService


class WrongSetting(NamedTuple):
    """An unusable value of a setting."""

    place: str
    """Its path in the connection."""
    problem: str
    hint: str = "the connector would fail"


_ENDPOINT, _SECURED = ("endpoint", "endpoint.address"), ("token",)
"""Names of settings that are not configuration properties."""


def wrong_settings(
    connector_class: ConnectorClass, service: IntegrationService, settings: ContextSettings
) -> Iterator[WrongSetting]:
    """The values that a connector of this class would refuse at its start. Makes no connection. Blocks.

    An unusable value is removed, and the others are read again, so that each is found.
    """
    properties = dict(settings.connection.configuration_properties or {})
    yield from _no_flags(connector_class, properties)
    while True:
        connection = replace(settings.connection, configuration_properties=properties)
        error = _refusal(connector_class, service, replace(settings, connection=connection))
        if error is None:
            return
        name, problem = error.parameters.get("setting"), error.parameters.get("problem")
        if problem is None:
            return  # not a setting, but a library or a permission is missing
        name = "endpoint" if name is None else str(name)
        yield WrongSetting(_place_of(name), str(problem))
        if name not in properties:
            return
        del properties[name]


def _place_of(name: str) -> str:
    if name in _ENDPOINT:
        return "endpoint.address"
    if name == "clearPassword":
        return name
    return f"{'securedProperties' if name in _SECURED else 'configurationProperties'}.{name}"


def _no_flags(connector_class: ConnectorClass, properties: dict[str, Any]) -> Iterator[WrongSetting]:
    """Values other than true and false of boolean settings."""
    for setting in connector_class.provider.settings:
        value = properties.get(setting.name)
        if isinstance(setting.default, bool) and value is not None and str(value).lower() not in ("true", "false"):
            yield WrongSetting(
                f"configurationProperties.{setting.name}", "it is neither true nor false", "it would be taken for false"
            )


def _refusal(
    connector_class: ConnectorClass, service: IntegrationService, settings: ContextSettings
) -> DescribedError | None:
    no_store: Any = None  # the settings are not in the catalogue
    log = AuditLog(Buffer(1_000), Component(component_id=0, component_name="check"))
    try:
        connector = make_connector(connector_class, settings.connection)
        give_context(connector, service, settings, no_store, log)
        read = optional_method(connector, "read_settings")
        if read is not None:
            read()
    except DescribedError as error:
        return error
    except Exception:  # a defect of the connector, which its start reports
        return None
    return None
