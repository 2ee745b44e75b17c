"""The HTTP server: hypercorn's protocol code, on listening, containment, bounds and a stop of our own.

    address     where it listens, and with which certificate
    shown_url   what a user types into a browser
    server      accepts connections, counts them, and stops
    unix_socket where it listens for this user alone
    peer        who is at the other end
    connection  one connection: whatever it raises ends it and nothing else
    http1       HTTP/1.0 and HTTP/1.1 alone
    stream      sends to a client that may not read
    memory      a bound on what all bodies and answers take together
    incidents   what went wrong, for the audit log

hypercorn's own server ends with the first connection that raises something it does not foresee
(`docs/upstream/hypercorn-busy-resource.md`).
"""

from integration_daemon.rest.serving.address import TLSFiles
from integration_daemon.rest.serving.server import serve

__all__ = ["TLSFiles", "serve"]
