"""Settings of the interpreter for a busy event loop, worker threads, and a large permanent heap."""

import gc
import sys

SWITCH_INTERVAL = 0.001
"""Seconds for which a thread keeps the interpreter lock while another waits for it. With Python's default of five
milliseconds, a worker thread beside a busy event loop waits after each of its system calls, and a worker thread that
computes makes the event loop wait after each of the loop's system calls."""
THRESHOLDS = (50_000, 50, 1_000)
"""The thresholds of the three generations of garbage collection."""


def shorten_switch_interval() -> None:
    """Make threads, including that of the event loop, switch more often."""
    sys.setswitchinterval(SWITCH_INTERVAL)


def freeze_heap() -> None:
    """Exempt existing objects from garbage collection, and collect later objects less often; for the end of the start.

    With 100,000 connectors, a full collection would block the event loop for half a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
