"""Processes, which read and write data."""

from services.metadata.types.base import Asset, SoftwareCapability


class Process(Asset, kw_only=True, rename="camel", omit_defaults=True):
    """An activity that reads or writes data."""

    formula: str | None = None
    implementation_language: str | None = None


class DeployedSoftwareComponent(Process, kw_only=True, rename="camel", omit_defaults=True):
    """A deployed program."""


class TransientEmbeddedProcess(Process, kw_only=True, rename="camel", omit_defaults=True):
    """One run of a process."""

    process_start_time: str | None = None
    process_end_time: str | None = None


class Engine(SoftwareCapability, kw_only=True, rename="camel", omit_defaults=True):
    """Software that runs processes."""
