"""Appending to a file that others may move, remove or rotate meanwhile."""

import os
from contextlib import suppress
from pathlib import Path


def append(path: Path, content: bytes) -> None:
    """Append the content, all of it or, where the system refuses in the middle, none of it."""
    try:
        descriptor = os.open(path, _FLAGS, 0o640)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, _FLAGS, 0o640)
    try:
        size = os.fstat(descriptor).st_size
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(descriptor, left) :]
        except OSError:
            with suppress(OSError):  # a device cannot be cut, and keeps nothing
                os.ftruncate(descriptor, size)  # the batch comes again, and must not be there twice
            raise
    finally:
        os.close(descriptor)


_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
