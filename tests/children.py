"""The child processes of a process."""

from pathlib import Path


def children() -> set[int]:
    """The ids of all child processes of the test process, including servers of the whole test session."""
    return children_of("self")


def children_of(process: int | str) -> set[int]:
    """The ids of all child processes of a running process."""
    while True:
        try:
            threads = Path(f"/proc/{process}/task").iterdir()
            return {int(child) for thread in threads for child in (thread / "children").read_text().split()}
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread has ended meanwhile, and another thread has inherited its children
