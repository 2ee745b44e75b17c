"""The program in separate processes, for benchmarks that use it from outside."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

PATIENCE = 120.0
"""Time limit, in seconds, of a step of a benchmark."""
METADATA_SERVER = {
    "localServerName": "metadata",
    "localServerType": "Metadata Access Store",
    "repositoryServicesConfig": {"localRepositoryConfig": {}},
}


@contextmanager
def program(directory: Path, port: int, document: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the program with one document; yields when it is ready, and kills it at the end of the block."""
    command = [sys.executable, "-m", "integration_daemon", "run", str(document)]
    log = directory.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--data-dir", str(directory), "--authentication", "none", *options],
            stdout=output,
            stderr=output,
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while b"ready: " not in log.read_bytes():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(log.read_text())
                time.sleep(0.02)
            yield process
        finally:
            process.kill()
            process.wait()


def write(path: Path, document: dict[str, Any]) -> Path:
    """Write a configuration document."""
    path.write_bytes(msgspec.json.encode(document))
    return path
