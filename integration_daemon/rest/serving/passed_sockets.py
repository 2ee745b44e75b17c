"""Listening sockets that a service manager passes to the process: connections wait there while the process restarts.

The protocol is described in the manual page sd_listen_fds(3). Its variables are removed from the environment, so that
no process of a connector uses the sockets.
"""

import os
import socket
from collections.abc import MutableMapping, Sequence

import msgspec

from integration_daemon.rest.messages import PASSED_SOCKETS_NOT_USABLE
from services.errors import InvalidParameterError

_FIRST_DESCRIPTOR = 3


class PassedSockets(msgspec.Struct, frozen=True):
    """The sockets to listen on instead of those of the command line."""

    tcp: socket.socket | None = None
    unix: socket.socket | None = None


NONE_PASSED = PassedSockets()


def passed_sockets(environment: MutableMapping[str, str]) -> PassedSockets:
    """The sockets that the environment variables name; removes the variables.

    Raises `InvalidParameterError` for sockets other than one for TCP and one Unix socket.
    """
    count = environment.pop("LISTEN_FDS", "")
    is_ours = environment.pop("LISTEN_PID", "") == str(os.getpid())
    environment.pop("LISTEN_FDNAMES", None)
    if not (is_ours and count.isdecimal()):
        return NONE_PASSED
    sockets = [_socket(_FIRST_DESCRIPTOR + number) for number in range(int(count))]
    tcp = [each for each in sockets if each.family in (socket.AF_INET, socket.AF_INET6)]
    unix = [each for each in sockets if each.family == socket.AF_UNIX]
    if len(tcp) > 1 or len(unix) > 1:
        raise InvalidParameterError(PASSED_SOCKETS_NOT_USABLE, cause="there may be one for TCP and one Unix socket")
    return PassedSockets(_first(tcp), _first(unix))


def _socket(descriptor: int) -> socket.socket:
    try:
        passed = socket.socket(fileno=descriptor)
    except OSError as error:
        raise InvalidParameterError(PASSED_SOCKETS_NOT_USABLE, cause=error.strerror) from None
    passed.set_inheritable(False)
    passed.setblocking(False)
    if passed.type != socket.SOCK_STREAM or not passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        passed.close()
        raise InvalidParameterError(PASSED_SOCKETS_NOT_USABLE, cause="one is not a stream socket that listens")
    return passed


def _first(sockets: Sequence[socket.socket]) -> socket.socket | None:
    return sockets[0] if sockets else None
