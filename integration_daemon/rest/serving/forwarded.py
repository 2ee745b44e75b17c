"""What a proxy tells of the client that it forwards a request for: its address, and how it reached the proxy.

`X-Forwarded-For`, `-Proto` and `-Host` can be sent by anybody. They are believed when the connection comes from a
trusted proxy, and taken out of every other request.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from integration_daemon.config.address_range import AddressRange, address_of
from integration_daemon.rest.serving.memory import Application, Receive, Send

_FOR, _PROTO, _HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
_FORWARDED = (_FOR, _PROTO, _HOST, b"forwarded")


class ForwardedClients:
    """ASGI middleware that puts the client of a trusted proxy in the place of the proxy."""

    def __init__(self, app: Application, proxies: Sequence[AddressRange]) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(name in _FORWARDED for name, _ in scope["headers"]):
            scope = self._as_its_client_sent_it(scope)
        await self._app(scope, receive, send)

    def _as_its_client_sent_it(self, scope: Mapping[str, Any]) -> dict[str, Any]:
        told = {name: _values(scope, name) for name in (_FOR, _PROTO, _HOST)}
        headers = [(name, value) for name, value in scope["headers"] if name not in _FORWARDED]
        changed = {**scope, "headers": headers}
        if not self._is_trusted((scope.get("client") or ("",))[0]):
            return changed
        if told[_FOR]:
            changed["client"] = (self._client(told[_FOR]), 0)
        if told[_PROTO] and told[_PROTO][-1] in ("http", "https"):
            changed["scheme"] = told[_PROTO][-1]
        if told[_HOST]:
            host = told[_HOST][-1].encode("latin-1")
            changed["headers"] = [(name, host if name == b"host" else value) for name, value in headers]
        return changed

    def _client(self, hops: Sequence[str]) -> str:
        """The last address that is no trusted proxy's: what stands before it, that client has written itself."""
        for hop in reversed(hops):
            if not self._is_trusted(hop):
                return hop
        return hops[0]

    def _is_trusted(self, text: str) -> bool:
        address = address_of(text)
        return address is not None and any(address in each for each in self._proxies)


def _values(scope: Mapping[str, Any], header: bytes) -> list[str]:
    values = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == header)
    return [each.strip() for each in values.split(",") if each.strip()]
