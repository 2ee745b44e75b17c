"""Functions that read the settings of a connector, and raise `ConnectorConfigurationError` for an unusable value."""

from services.errors import ConnectorConfigurationError
from services.framework.context import IntegrationContext
from services.framework.messages import SETTING_NOT_USABLE
from services.framework.patterns import texts_in


def wrong_setting(context: IntegrationContext, name: str, problem: object) -> ConnectorConfigurationError:
    """The error for an unusable setting, or another part of the connection, such as `endpoint`."""
    return ConnectorConfigurationError(
        SETTING_NOT_USABLE, connector=context.connector_name, setting=name, problem=problem
    )


def text_setting(context: IntegrationContext, name: str, default: str = "") -> str:
    """A setting that is a text."""
    value = context.setting(name, default)
    if not isinstance(value, str):
        raise wrong_setting(context, name, "it is not a text")
    return value.strip()


def required_text_setting(context: IntegrationContext, name: str, default: str) -> str:
    """A setting that is a text, and not blank."""
    value = context.setting(name, default)
    if not isinstance(value, str) or not value.strip():
        raise wrong_setting(context, name, "it is not a text")
    return value


def number_setting(context: IntegrationContext, name: str, default: float, *, least: float, most: float) -> float:
    """A setting that is a number."""
    value = context.setting(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise wrong_setting(context, name, f"it is not a number from {least} to {most}")
    return float(value)


def whole_number_setting(context: IntegrationContext, name: str, default: int, *, least: int, most: int) -> int:
    """A setting that is a whole number."""
    value = context.setting(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise wrong_setting(context, name, f"it is not a whole number from {least} to {most}")
    return value


def patterns_setting(context: IntegrationContext, name: str) -> tuple[str, ...]:
    """A setting that is a list of shell patterns, or a text with patterns separated by commas."""
    texts = texts_in(context.setting(name, []))
    if texts is None:
        raise wrong_setting(context, name, "it is not a list of shell patterns")
    return texts
