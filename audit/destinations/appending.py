"""Appending to a file that other programs may move, remove or rotate at any time."""

import os
import stat
from contextlib import suppress
from pathlib import Path


def append(path: Path, content: bytes) -> None:
    """Append the whole content, or none of it if the system reports an error part way.

    Raises `OSError` if the path is not a regular file; a symbolic link is refused, too.
    """
    try:
        descriptor = os.open(path, _FLAGS, _MODE)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=_DIRECTORY_MODE)
        descriptor = os.open(path, _FLAGS, _MODE)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{path} is not a regular file")
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
        except OSError:
            with suppress(OSError):
                # the batch is written again later, and must not be in the file twice
                os.ftruncate(descriptor, status.st_size)
            raise
    finally:
        os.close(descriptor)


_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Without `O_NONBLOCK`, opening a pipe could wait for ever."""
_MODE, _DIRECTORY_MODE = 0o600, 0o700
