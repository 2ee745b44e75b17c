"""Interruption of a command that loads foreign code into its own process."""

import signal


def end_on_interrupt() -> None:
    """Have SIGINT end the process at once.

    A `KeyboardInterrupt` is then always raised by a connector, and reported like its other exceptions.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
