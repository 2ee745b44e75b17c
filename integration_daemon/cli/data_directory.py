"""The option `--data-dir` of commands that use a data directory without a running daemon."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

DataDirectory = Annotated[
    Path | None, Parameter(help="The data directory of the platform; default: INTEGRATION_DAEMON_DATA_DIR, or data.")
]
