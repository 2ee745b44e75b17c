"""The processes that the tests' own process has started."""

from pathlib import Path


def children() -> set[int]:
    """Their ids, those of servers of the whole test session among them."""
    while True:
        try:
            threads = Path("/proc/self/task").iterdir()
            return {int(child) for thread in threads for child in (thread / "children").read_text().split()}
        except (FileNotFoundError, ProcessLookupError):
            continue  # a thread has ended meanwhile, and another has its children now
