"""Processes and where data flows."""

from services.metadata.types.base import Asset, SoftwareCapability


class Process(Asset, kw_only=True, rename="camel", omit_defaults=True):
    """Something that acts on data."""

    formula: str | None = None
    implementation_language: str | None = None


class DeployedSoftwareComponent(Process, kw_only=True, rename="camel", omit_defaults=True):
    """A program that is deployed."""


class TransientEmbeddedProcess(Process, kw_only=True, rename="camel", omit_defaults=True):
    """One run of a process."""

    process_start_time: str | None = None
    process_end_time: str | None = None


class Engine(SoftwareCapability, kw_only=True, rename="camel", omit_defaults=True):
    """Software that runs processes."""
