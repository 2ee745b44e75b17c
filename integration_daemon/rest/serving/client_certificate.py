"""The names in the certificate of a client, which the TLS handshake has verified."""

from typing import Any

import trio

from integration_daemon.rest.serving.stream import ByteStream


def certificate_names(stream: ByteStream) -> tuple[str, ...]:
    """The common name of the client's certificate, and its alternative URIs and e-mail addresses; none without one."""
    if not isinstance(stream, trio.SSLStream):
        return ()
    shown: dict[str, Any] = stream.getpeercert() or {}
    subject = [value for part in shown.get("subject", ()) for name, value in part if name == "commonName"]
    others = [value for kind, value in shown.get("subjectAltName", ()) if kind in ("URI", "email")]
    return (*subject, *others)
