"""The lanes on which a connector's code runs: the event loop, a worker thread, or a process of its own."""
