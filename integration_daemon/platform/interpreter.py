"""Settings of the interpreter for a busy event loop, worker threads, and a large permanent heap."""

import gc
import sys

SWITCH_INTERVAL = 0.001
"""Seconds that a thread keeps the interpreter while another waits for it. With Python's five milliseconds a thread
beside a busy loop is starved at each of its system calls, and one that computes makes the loop wait at each of its
own."""
THRESHOLDS = (50_000, 50, 1_000)


def take_turns() -> None:
    """Make threads, including that of the event loop, switch more often."""
    sys.setswitchinterval(SWITCH_INTERVAL)


def settle_heap() -> None:
    """Call after the start: existing objects are exempted from garbage collection, later ones are collected less often.

    With 100,000 connectors a full collection would hold the event loop for half a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
