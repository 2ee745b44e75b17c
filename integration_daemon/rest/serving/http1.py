"""HTTP/1.0 and HTTP/1.1 only: requests to change the protocol are refused or ignored.

hypercorn follows `Upgrade: h2c`, the HTTP/2 preface and WebSocket upgrades regardless of its configuration. None of
them is served here, and over HTTP/2 a request abandoned by its client would never end.
"""

import h11

VERSIONS = (b"1.0", b"1.1")
_ABSOLUTE = (b"http://", b"https://")


class HTTP1Connection(h11.Connection):
    """The server's end of a connection; raises `RemoteProtocolError` for requests that this server does not support."""

    def __init__(self, most_in_headers: int) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=most_in_headers)
        self._most_in_headers = most_in_headers

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """The next event, as in h11."""
        event = super().next_event()
        if not isinstance(event, h11.Request):
            return event
        if _size(event) > self._most_in_headers:  # h11 accepts headers of any size that arrive in one piece
            raise h11.RemoteProtocolError("the headers are too long", error_status_hint=431)
        return _checked(event)


def _checked(request: h11.Request) -> h11.Request:
    """The request without its `Upgrade` header, which a server may ignore (RFC 9110, 7.8): Java's HTTP client always
    sends `Upgrade: h2c`, and must get its answer over HTTP/1.1."""
    if request.http_version not in VERSIONS:
        raise h11.RemoteProtocolError("only HTTP/1.0 and HTTP/1.1 are served here", error_status_hint=505)
    if not _names_a_resource(request):
        raise h11.RemoteProtocolError("the request's target is no path", error_status_hint=400)
    if {name for name, _ in request.headers} >= {b"content-length", b"transfer-encoding"}:
        raise h11.RemoteProtocolError("the body has two lengths", error_status_hint=400)  # smuggling: RFC 9112, 6.1
    upgrades = [value.lower() for name, value in request.headers if name == b"upgrade"]
    if not upgrades:
        return request
    if any(b"websocket" in value for value in upgrades):
        raise h11.RemoteProtocolError("there are no WebSockets here", error_status_hint=400)
    headers = [(name, value) for name, value in request.headers if name != b"upgrade"]
    return h11.Request(method=request.method, headers=headers, target=request.target, http_version=request.http_version)


def _size(request: h11.Request) -> int:
    return len(request.target) + sum(len(name) + len(value) for name, value in request.headers)


def _names_a_resource(request: h11.Request) -> bool:
    target = request.target
    if target.startswith(_ABSOLUTE):  # the form of requests to a proxy; the path is required
        _, slash, target = target.partition(b"://")[2].partition(b"/")
        target = slash + target
    return target.startswith(b"/") and not target.startswith(b"//")  # some programs read `//name` as a host name
