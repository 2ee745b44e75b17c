"""The directory in which a platform keeps what it must not lose, for one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from integration_daemon.platform.messages import DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NOT_USABLE
from services.errors import InvalidParameterError


@contextmanager
def locked(directory: Path) -> Iterator[Path]:
    """Make the directory if it is not there, and hold it against other processes.

    Raises `InvalidParameterError` if it cannot be written to or another daemon holds it. The lock ends with the
    process, however that ends.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o750)
        descriptor = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise InvalidParameterError(
            DATA_DIRECTORY_NOT_USABLE, directory=directory, cause=error.strerror or type(error).__name__
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InvalidParameterError(DATA_DIRECTORY_IN_USE, directory=directory) from None
    else:
        yield directory
    finally:
        os.close(descriptor)


def server_directory(directory: Path, server: str) -> Path:
    """Where a server keeps its files; the name has been checked by then."""
    return directory / "servers" / server
