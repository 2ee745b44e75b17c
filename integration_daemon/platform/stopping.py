"""How the stop deadline of a server, `stopDeadlineSeconds` of its document, is divided.

    ├── its connectors ────────────────────────────┤ what they have not let go of is left behind
    ├── its stores, its audit log ────────────────────────┤ other servers are stopped
    ├── the HTTP server ────────────────────────────────────┤ connections are closed
    ├── all of it ──────────────────────────────────────────────┤ the process ends (`last_resort`)

Servers that stop together count once, so the process has the sum over the groups that stop one after another.
"""


def for_connectors(deadline: float) -> float:
    """Seconds of a server's stop deadline that its connectors have."""
    return deadline - min(3.0, deadline / 4)


def for_server(deadline: float) -> float:
    """Seconds of its stop deadline that a server has to stop altogether."""
    return deadline - min(1.5, deadline / 8)


def for_http(deadline: float) -> float:
    """Seconds of the process's stop deadline after which no client is waited for any more."""
    return deadline - min(0.5, deadline / 16)
