"""The child processes of the test process."""

from pathlib import Path


def children() -> set[int]:
    """The ids of all child processes, including servers of the whole test session."""
    while True:
        try:
            threads = Path("/proc/self/task").iterdir()
            return {int(child) for thread in threads for child in (thread / "children").read_text().split()}
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread has ended meanwhile, and another thread has inherited its children
