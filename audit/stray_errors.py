"""Uncaught exceptions: in threads that foreign code started, in `__del__` methods, and in the program itself.

Python would print them with their texts, which may contain secrets that masking cannot recognize. The texts are left
out.
"""

import sys
import threading
import traceback
from types import TracebackType

from audit.safe_text import safe_text


def show_without_texts() -> None:
    """Have this process print uncaught exceptions without their texts."""
    sys.excepthook = lambda kind, _, stack: _show("here", kind, stack)
    sys.unraisablehook = lambda event: _show("in a clean-up", event.exc_type, event.exc_traceback)
    threading.excepthook = lambda event: _show("in a thread", event.exc_type, event.exc_traceback)


def _show(where: str, kind: type[BaseException], stack: TracebackType | None) -> None:
    if issubclass(kind, SystemExit) or sys.stderr is None:
        return
    lines = (safe_text(line) for line in traceback.format_tb(stack))
    sys.stderr.write(f"integration-daemon: {kind.__name__} was not caught {where}; its text may hold a secret\n")
    sys.stderr.writelines(lines)
    sys.stderr.flush()
