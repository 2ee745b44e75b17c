"""A listening Unix socket for processes of this user alone."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from integration_daemon.rest.messages import SOCKET_NOT_USABLE
from integration_daemon.rest.serving.address import BACKLOG
from services.errors import InvalidParameterError

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


@contextmanager
def unix_listener(path: Path) -> Iterator[socket.socket]:
    """A listening socket at a path, removed at the end of the block. A socket left by a killed process is replaced.

    Raises `InvalidParameterError` if the path cannot be used, or if other users could put another socket in its place.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        try:
            _require_own_directory(path)
            _remove_stale(path)
            listener.bind(str(path))
            path.chmod(0o600)  # before `listen`, so nobody could connect yet
            listener.listen(BACKLOG)
            listener.setblocking(False)
            own = path.lstat().st_ino
        except OSError as error:
            cause = error.strerror or str(error) or type(error).__name__
            raise InvalidParameterError(SOCKET_NOT_USABLE, path=path, cause=cause) from None
        try:
            yield listener
        finally:
            with suppress(OSError):
                if path.lstat().st_ino == own:
                    path.unlink()


def _require_own_directory(path: Path) -> None:
    directory = path.parent.stat()
    if directory.st_uid != os.geteuid() or directory.st_mode & _OTHERS_MAY_WRITE:
        cause = "other users can change its directory"
        raise InvalidParameterError(SOCKET_NOT_USABLE, path=path, cause=cause)


def _remove_stale(path: Path) -> None:
    """Remove a socket on which no process listens."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise InvalidParameterError(SOCKET_NOT_USABLE, path=path, cause="there is something else at this path")
    if _is_listened_on(path):
        raise InvalidParameterError(SOCKET_NOT_USABLE, path=path, cause="another process listens on it")
    path.unlink()


def _is_listened_on(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.setblocking(False)
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return False
        except BlockingIOError:
            return True  # the queue of waiting connections is full
    return True
