"""Signatures of bundles: JSON Web Tokens, signed with an RSA key (RS256) or a shared secret (HS256).

Both algorithms are deterministic, so an unchanged bundle has an unchanged signature and is not written again.
"""

from collections.abc import Callable
from typing import Any

SHORTEST_SECRET = 32
"""Minimum number of bytes of a shared secret (RFC 7518, 3.2)."""


class KeyNotUsableError(Exception):
    """A key cannot be used for signatures; the text is the reason."""


def signer(key: str, key_id: str) -> Callable[[dict[str, object]], str]:
    """A function that signs claims with a key; raises `KeyNotUsableError`."""
    try:
        import jwt  # an extra
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise KeyNotUsableError("the package for signatures is missing: install integration-daemon[opa]") from None
    signing: Any = key
    algorithm = "HS256"
    if "-----BEGIN" in key:
        try:
            signing = load_pem_private_key(key.encode(), password=None)
        except (ValueError, TypeError):  # the text of the error may contain parts of the key
            raise KeyNotUsableError("it is not a private key in PEM without a passphrase") from None
        if not isinstance(signing, RSAPrivateKey):
            raise KeyNotUsableError("it is a private key, and not one of RSA")
        algorithm = "RS256"
    elif len(key.encode()) < SHORTEST_SECRET:
        raise KeyNotUsableError(f"it has fewer than {SHORTEST_SECRET} bytes")
    return lambda claims: jwt.encode(claims, signing, algorithm, headers={"kid": key_id})
