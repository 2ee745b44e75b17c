"""Notifications by the kernel about changes in directories, on one descriptor: `inotify(7)`. Linux only."""

import ctypes
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

IN_ATTRIB = 0x4
IN_CLOSE_WRITE = 0x8
IN_MOVED_FROM = 0x40
IN_MOVED_TO = 0x80
IN_CREATE = 0x100
IN_DELETE = 0x200
IN_DELETE_SELF = 0x400
IN_MOVE_SELF = 0x800
IN_Q_OVERFLOW = 0x4000
IN_IGNORED = 0x8000
IN_ONLYDIR = 0x1000000

CHANGES = (
    IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
)
"""Changes of an element. Single writes are not included: a file is examined when its writer closes it."""

_EVENT = struct.Struct("iIII")
_READ_AT_ONCE = 65_536
_SETTINGS = Path("/proc/sys/fs/inotify")


class Event(msgspec.Struct, frozen=True, gc=False):
    """A change in a watched directory."""

    watch: int
    """The number of its watch; -1 if events were lost."""
    mask: int


class Inotify:
    """One inotify instance. Its methods do not block, except `add`, which looks up a path."""

    def __init__(self) -> None:
        """Raises `OSError` if the system has no inotify, or this user may open no more instances."""
        try:
            self._libc = ctypes.CDLL(None, use_errno=True)
            self.descriptor: int = self._checked(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        except AttributeError:
            raise OSError("this system has no inotify") from None

    def add(self, path: str) -> int:
        """Watch a directory; returns the number of its watch, which is unique to the directory.

        Raises `OSError`, with ENOSPC if the limit of watches is reached.
        """
        return self._checked(self._libc.inotify_add_watch(self.descriptor, os.fsencode(path), CHANGES | IN_ONLYDIR))

    def remove(self, watch: int) -> None:
        """Stop watching a directory; it is not an error if it no longer exists."""
        self._libc.inotify_rm_watch(self.descriptor, watch)

    def read(self) -> Iterator[Event]:
        """The pending events."""
        try:
            content = os.read(self.descriptor, _READ_AT_ONCE)
        except BlockingIOError:
            return
        at = 0
        while at < len(content):
            watch, mask, _cookie, length = _EVENT.unpack_from(content, at)
            yield Event(watch, mask)
            at += _EVENT.size + length

    def close(self) -> None:
        """Close the instance and all its watches."""
        os.close(self.descriptor)

    def _checked(self, result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result


def limit_of_watches() -> int | None:
    """The number of directories that this user may watch (`fs.inotify.max_user_watches`), if known."""
    try:
        return int((_SETTINGS / "max_user_watches").read_text())
    except (OSError, ValueError):
        return None
