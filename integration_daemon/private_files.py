"""Files and directories that only this user can read. All functions block."""

import os
import stat
import tempfile
from pathlib import Path


def make_private(directory: Path) -> None:
    """Create a directory and the data directory that contains it, for this user only; make an existing one private."""
    directory.parent.parent.mkdir(parents=True, exist_ok=True)
    directory.parent.mkdir(mode=0o700, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    directory.chmod(0o700)


def write_private(path: Path, content: bytes) -> None:
    """Write a file atomically, readable only by this user."""
    descriptor, fresh = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def read_regular(path: Path) -> bytes:
    """The content of a regular file; `ValueError` for any other, since reading a device or pipe could block forever."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is not a file")
        return file.read()
