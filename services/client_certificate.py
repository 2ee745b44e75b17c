"""The certificate with which a TLS client authenticates."""

import ssl
from pathlib import Path

import msgspec


class ClientCertificate(msgspec.Struct, frozen=True):
    """The files of a certificate with its chain, and of its private key; both in PEM format."""

    certificate: Path
    key: Path

    def load_into(self, context: ssl.SSLContext) -> None:
        """Load the certificate into a context; raises `OSError`, also for a key with a passphrase. Blocks."""
        context.load_cert_chain(self.certificate, self.key, password="")  # nosec B106 # without it, OpenSSL prompts
