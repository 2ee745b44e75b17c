"""Interrupting a command that loads foreign code into its own process."""

import signal


def end_on_interrupt() -> None:
    """Have SIGINT end the process at once, so that no `KeyboardInterrupt` in it is a user's.

    Connectors may raise one, which is reported like any other exception of theirs.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
