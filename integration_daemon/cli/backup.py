"""`backup` and `restore`: copies of a data directory."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.filesize import decimal

from audit.counted import counted
from integration_daemon.cli.data_directory import DataDirectory
from integration_daemon.cli.show import print_json
from integration_daemon.client.local import data_directory
from integration_daemon.platform import backup as backups
from integration_daemon.platform.backup import Manifest

AsJson = Annotated[bool, Parameter(name="--json", help="Print the manifest of the backup as JSON.", negative=())]


def backup(
    file: Annotated[Path | None, Parameter(help="The file to write; default: a name with the present time.")] = None,
    *,
    data_dir: DataDirectory = None,
    json: AsJson = False,
) -> None:
    """Write a backup of a data directory, also while the daemon runs, and verify it.

    The backup contains documents, metadata, tokens and audit logs, so only this user can read it. It does not contain
    data in PostgreSQL or at a metadata server.
    """
    target = file or Path(f"integration-daemon-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz")
    manifest = backups.back_up(data_directory(data_dir), target, _show_progress)
    _show(manifest, f"{target}: {decimal(target.stat().st_size)}, verified", as_json=json)


def restore(
    file: Annotated[Path, Parameter(help="The backup.")],
    *,
    data_dir: DataDirectory = None,
    json: AsJson = False,
) -> None:
    """Create a data directory from a backup. The directory must be empty or missing."""
    directory = data_directory(data_dir)
    manifest = backups.restore(file, directory)
    _show(manifest, f"{directory}: restored as of {manifest.created:%Y-%m-%d %H:%M:%S} UTC", as_json=json)


def _show(manifest: Manifest, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(manifest)
    else:
        print(f"{done}; {counted(len(manifest.files), 'file')}, {decimal(manifest.size)}")


def _show_progress(name: str) -> None:
    if sys.stderr.isatty():
        print(f"  {name}", file=sys.stderr)
