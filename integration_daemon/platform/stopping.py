"""How the stop deadline of a server, `stopDeadlineSeconds` of its document, is divided.

    ├── its connectors ────────────────────────────┤ connectors that have not stopped are abandoned
    ├── its stores, its audit log ────────────────────────┤ other servers are stopped
    ├── the HTTP server ────────────────────────────────────┤ connections are closed
    ├── all of it ──────────────────────────────────────────────┤ the process ends (`last_resort`)

Servers that stop together count once, so the process has the sum over the groups that stop one after another.
"""


def for_connectors(deadline: float) -> float:
    """Seconds of a server's stop deadline for its connectors."""
    return deadline - min(3.0, deadline / 4)


def for_server(deadline: float) -> float:
    """Seconds of its stop deadline for the whole server."""
    return deadline - min(1.5, deadline / 8)


def for_http(deadline: float) -> float:
    """Seconds of the process's stop deadline after which clients are no longer waited for."""
    return deadline - min(0.5, deadline / 16)
