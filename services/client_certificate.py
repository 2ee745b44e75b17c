"""The certificate with which a client of TLS shows who it is."""

import ssl
from pathlib import Path

import msgspec


class ClientCertificate(msgspec.Struct, frozen=True):
    """A certificate with its chain, and its key; both PEM."""

    certificate: Path
    key: Path

    def load_into(self, context: ssl.SSLContext) -> None:
        """Have a context present it; raises `OSError`. A key with a passphrase cannot be used. Blocks."""
        context.load_cert_chain(self.certificate, self.key, password="")  # nosec B106 # nobody is asked for one
