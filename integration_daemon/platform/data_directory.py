"""The directory for the persistent data of a platform, locked by one process at a time.

Two locks exclude a second process. The lock on a file in the directory does not depend on the name of the directory,
and is lost with the directory. The lock on the name lasts as long as the process; it exists only on Linux.
"""

import errno
import fcntl
import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from integration_daemon.platform.messages import DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NOT_USABLE
from services.errors import InvalidParameterError

LOCK = ".lock"
SERVERS = "servers"
RESTORED = ".restored"
"""The directory for the files of a restoration in progress. While it exists, the data are incomplete."""
PRIVATE = 0o700
_MADE_BEFORE = 0o750
"""The mode in which earlier versions made the directory."""


class HeldDirectory:
    """A data directory that this process holds."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    def problem(self) -> str:
        """The reason why this is no longer the locked directory, or an empty text. Blocks."""
        try:
            found = (self.path / LOCK).stat()
        except OSError as error:
            return "has been removed" if error.errno == errno.ENOENT else f"cannot be reached: {error.strerror}"
        held = os.fstat(self._lock)
        if (found.st_dev, found.st_ino) != (held.st_dev, held.st_ino):
            return "has been replaced by another directory"
        return ""


@contextmanager
def locked(directory: Path, *, is_restored: bool = False) -> Iterator[HeldDirectory]:
    """Create the directory if it does not exist, for this user only, and lock it.

    Raises `InvalidParameterError` if the directory cannot be written, if another daemon has locked it, or, unless
    `is_restored`, if the restoration of a backup to it was interrupted. The locks end with the process in every case.
    """
    with ExitStack() as locks:
        try:
            directory.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
            locks.enter_context(_named_lock(directory))  # first, so that a refused process creates nothing
            _make(directory)
            descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            locks.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not is_restored and (directory / RESTORED).exists():
                raise OSError(errno.EIO, "the restoration of a backup was interrupted; empty it, and restore it again")
        except BlockingIOError:
            raise InvalidParameterError(DATA_DIRECTORY_IN_USE, directory=directory) from None
        except OSError as error:
            raise InvalidParameterError(
                DATA_DIRECTORY_NOT_USABLE, directory=directory, cause=error.strerror or type(error).__name__
            ) from error
        yield HeldDirectory(directory, descriptor)


def server_directory(directory: Path, server: str) -> Path:
    """The directory for the files of a server; its name must have been checked."""
    return directory / SERVERS / server


def _make(directory: Path) -> None:
    """Create missing directories; make private the directory of servers, and a directory of an earlier version.

    Raises `PermissionError` for a directory of another user.
    """
    existed = (directory / LOCK).exists()
    directory.mkdir(exist_ok=True, mode=PRIVATE)
    if os.geteuid() not in (0, owner := directory.stat().st_uid) and owner != 0:
        raise PermissionError(errno.EACCES, "it belongs to another user, who could put tokens into it")
    if existed and stat.S_IMODE(directory.stat().st_mode) == _MADE_BEFORE:
        directory.chmod(PRIVATE)
    servers = directory / SERVERS
    servers.mkdir(exist_ok=True, mode=PRIVATE)
    with suppress(PermissionError):  # a file system without modes, or another user's directory
        servers.chmod(PRIVATE)


@contextmanager
def _named_lock(directory: Path) -> Iterator[None]:
    """Lock the name of the directory in its parent: an address in Linux's abstract namespace, without a file.

    Raises `BlockingIOError` if another process of this user holds it.
    """
    if sys.platform != "linux":
        yield
        return
    place = Path(os.path.abspath(directory))
    parent = place.parent.stat()
    digest = blake2b(f"{parent.st_dev} {parent.st_ino} {place.name}".encode(errors="surrogateescape"), digest_size=16)
    address = f"\0integration-daemon {digest.hexdigest()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as lock:
        try:
            lock.bind(address)
            lock.listen()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            if _is_held_by_this_user(address):
                raise BlockingIOError from None
        yield


def _is_held_by_this_user(address: str) -> bool:
    """True if a process of this user or of root holds the address; another user could hold it to block this program."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.setblocking(False)
        try:
            client.connect(address)
        except BlockingIOError:
            return True
        except OSError:
            return False
        _, user, _ = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return user in (0, os.geteuid())
