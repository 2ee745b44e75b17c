"""The description of a connector, for people and programs that configure it."""

from typing import Any

import msgspec


class SettingDescription(msgspec.Struct, frozen=True, kw_only=True):
    """A setting of a connector."""

    name: str
    default: Any
    description: str


class ConnectorDescription(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The purpose, requirements and settings of a connector."""

    name: str
    service: str
    """The URL marker of its integration service."""
    description: str
    provider_class_names: list[str]
    """Its names in configuration documents."""
    permitted_synchronization: list[str]
    rights: str
    reads: list[str]
    writes: list[str]
    endpoint: str
    """The meaning of the endpoint's address."""
    settings: list[SettingDescription]
