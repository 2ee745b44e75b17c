"""Glossaries, and the identifiers by which third parties know elements."""

from services.metadata.types.base import Referenceable, SoftwareCapability


class Glossary(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """A collection of terms."""

    language: str | None = None
    usage: str | None = None


class GlossaryCategory(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """A category of terms."""


class GlossaryTerm(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """A term with its meaning."""

    summary: str | None = None
    examples: str | None = None
    abbreviation: str | None = None
    usage: str | None = None


class ExternalId(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """The identifier of an element at a third party."""

    identifier: str
    mapping_properties: dict[str, str] | None = None
    key_pattern: str | None = None
    external_instance_type_name: str | None = None
    external_instance_version: str | None = None


class AssetManager(SoftwareCapability, kw_only=True, rename="camel", omit_defaults=True):
    """A third-party catalogue."""
