"""The HTTP server: hypercorn's protocol code, with our own listening, containment, limits and stop.

    address         the listening socket, and its certificate
    shown_url       the URL for a browser
    certificate     the certificate of the server, which may be replaced
    server          accepts connections, counts them, and stops
    unix_socket     the listening socket for this user only
    passed_sockets  listening sockets that a service manager has opened
    peer            the client of a connection
    connection      one connection: its exceptions end only this connection
    http1           HTTP/1.0 and HTTP/1.1 only
    place           the limited number of connections, and the connections that may be closed for others
    stream          sends to a client that may not read
    memory          a limit on the memory of all bodies and answers together
    incidents       errors of clients, for the audit log

hypercorn's own server ends at the first unexpected exception of a connection
(`docs/upstream/hypercorn-busy-resource.md`).
"""

from integration_daemon.rest.serving.address import TLSFiles
from integration_daemon.rest.serving.passed_sockets import PassedSockets, passed_sockets
from integration_daemon.rest.serving.server import serve

__all__ = ["PassedSockets", "TLSFiles", "passed_sockets", "serve"]
