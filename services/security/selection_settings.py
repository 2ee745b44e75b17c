"""The settings that select protected elements, common to the connectors that publish files."""

from services.errors import InvalidParameterError
from services.framework.connector import Setting
from services.framework.context import IntegrationContext
from services.framework.settings import patterns_setting, text_setting, wrong_setting
from services.metadata.types.registry import type_named
from services.security.protection import ProtectionSelection

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
    """The selection from the settings; raises `ConnectorConfigurationError` for an invalid setting."""
    type_name = text_setting(context, "elementType")
    if type_name:
        try:
            type_named(type_name)
        except InvalidParameterError as error:
            raise wrong_setting(context, "elementType", str(error)) from None
    return ProtectionSelection(
        type_name=type_name or None,
        metadata_source=text_setting(context, "metadataSource") or None,
        include=patterns_setting(context, "include"),
        exclude=patterns_setting(context, "exclude"),
    )
