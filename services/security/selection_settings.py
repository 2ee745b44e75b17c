"""The settings that select protected elements, which the connectors that write files have in common."""

from typing import Any

from services.errors import ConnectorConfigurationError, InvalidParameterError
from services.framework.connector import Setting
from services.framework.context import IntegrationContext
from services.framework.patterns import texts_in
from services.metadata.types.registry import type_named
from services.security.protection import ProtectionSelection
from services.security.publishing import messages

SELECTION = (
    Setting(
        name="include",
        description="shell patterns of qualified names: only elements that match one are published; none: all",
    ),
    Setting(name="exclude", description="shell patterns of qualified names that are not published"),
    Setting(name="elementType", description="the type of the elements, with its subtypes; none: all types"),
    Setting(name="metadataSource", description="the qualified name of the metadata source of the elements; none: all"),
)


def selection_of(context: IntegrationContext) -> ProtectionSelection:
    """The selection that the settings make; raises `ConnectorConfigurationError`."""
    type_name = text_setting(context, "elementType")
    if type_name:
        try:
            type_named(type_name)
        except InvalidParameterError as error:
            raise wrong_setting(context, "elementType", str(error)) from None
    return ProtectionSelection(
        type_name=type_name or None,
        metadata_source=text_setting(context, "metadataSource") or None,
        include=_patterns(context, "include"),
        exclude=_patterns(context, "exclude"),
    )


def text_setting(context: IntegrationContext, name: str, default: str = "") -> str:
    """A setting that is a text; raises `ConnectorConfigurationError`."""
    value = context.setting(name, default)
    if not isinstance(value, str):
        raise wrong_setting(context, name, "it is not a text")
    return value.strip()


def _patterns(context: IntegrationContext, name: str) -> tuple[str, ...]:
    value: Any = context.setting(name, [])
    found = texts_in(value)
    if found is None:
        raise wrong_setting(context, name, "it is not a list of patterns")
    return found


def wrong_setting(context: IntegrationContext, name: str, problem: str) -> ConnectorConfigurationError:
    """The error of a setting that cannot be used."""
    return ConnectorConfigurationError(
        messages.SETTING_NOT_UNDERSTOOD, connector=context.connector_name, setting=name, problem=problem
    )
