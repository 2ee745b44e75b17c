"""Leftovers of a connector: tasks, threads and file descriptors of this process."""

import gc
import os
import threading

import msgspec
import trio

POLL_INTERVAL = 0.01
"""Seconds between two counts."""
DESCRIPTORS = "/proc/self/fd"
_IDLE = "Trio thread "
"""Trio's name prefix of an idle worker thread; a working one has another name."""


class Leftovers(msgspec.Struct, frozen=True):
    """The tasks, threads and descriptors at one moment."""

    tasks: tuple[str, ...]
    threads: tuple[str, ...]
    descriptors: tuple[str, ...]

    def beyond(self, before: "Leftovers") -> "Leftovers":
        """The surplus over an earlier state, by number: a pool that is kept for the process is no leak."""
        return Leftovers(*(_more(getattr(self, kind), getattr(before, kind)) for kind in self.__struct_fields__))

    def __bool__(self) -> bool:
        return bool(self.tasks or self.threads or self.descriptors)


def leftovers_now() -> Leftovers:
    """The current state. Call it on the event loop's thread."""
    gc.collect()
    return Leftovers(tasks=_tasks(), threads=_threads(), descriptors=_descriptors())


async def settled(before: Leftovers, seconds: float) -> Leftovers:
    """Wait for at most `seconds` until there is no surplus over an earlier state; returns the remaining surplus."""
    left = leftovers_now().beyond(before)
    with trio.move_on_after(seconds):
        while left:
            await trio.sleep(POLL_INTERVAL)
            left = leftovers_now().beyond(before)
    return left


def _more(now: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    if len(now) <= len(before):
        return ()
    left = list(now)
    for each in before:
        if each in left:
            left.remove(each)
    return tuple(left)


def _tasks() -> tuple[str, ...]:
    root = trio.lowlevel.current_root_task()
    found, to_look_at = [], [root] if root is not None else []
    while to_look_at:
        task = to_look_at.pop()
        found.append(task.name)
        for nursery in task.child_nurseries:
            to_look_at += nursery.child_tasks
    return tuple(found)


def _threads() -> tuple[str, ...]:
    return tuple(each.name for each in threading.enumerate() if not each.name.startswith(_IDLE))


def _descriptors() -> tuple[str, ...]:
    found = []
    for number in os.listdir(DESCRIPTORS):
        try:
            found.append(os.readlink(f"{DESCRIPTORS}/{number}"))
        except FileNotFoundError:
            continue  # the descriptor of the directory listing itself
    return tuple(found)
