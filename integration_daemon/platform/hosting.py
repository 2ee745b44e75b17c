"""What the platform gives each of its servers."""

from pathlib import Path

import msgspec


class PlatformSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator decided about the process as a whole."""

    data_directory: Path
    ca_bundle: Path | None = None
    """Certificates to trust for metadata servers, beside the system's."""
    console_on_stderr: bool = False
    """Whether console destinations write to standard error, because standard output belongs to something else."""
