"""Where a connector's code runs: on the event loop, on a worker thread, or in a process of its own."""
