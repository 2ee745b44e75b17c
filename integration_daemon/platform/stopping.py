"""Divides the stop deadline of a server, `stopDeadlineSeconds` of its document.

    ├── its connectors ────────────────────────────┤ connectors that have not stopped are abandoned
    ├── its stores, its audit log ────────────────────────┤ other servers are stopped
    ├── the HTTP server ────────────────────────────────────┤ connections are closed
    ├── the whole deadline ─────────────────────────────────────┤ the process ends (`last_resort`)

Servers that stop together count once: the deadline of the process is the sum over the groups that stop in turn.
"""


def seconds_for_connectors(deadline: float) -> float:
    """Seconds of a server's stop deadline for its connectors."""
    return deadline - min(3.0, deadline / 4)


def seconds_for_server(deadline: float) -> float:
    """Seconds of a server's stop deadline for the whole server."""
    return deadline - min(1.5, deadline / 8)


def seconds_for_http(deadline: float) -> float:
    """Seconds of the process's stop deadline for open connections of clients."""
    return deadline - min(0.5, deadline / 16)
