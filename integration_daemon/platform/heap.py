"""The garbage collector, told about a heap that is large and mostly stays."""

import gc

THRESHOLDS = (50_000, 50, 1_000)


def settle_heap() -> None:
    """Call when everything has started: what is there now is not walked any more, what comes is walked less often.

    With 100,000 connectors a full collection would hold the event loop for half a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
