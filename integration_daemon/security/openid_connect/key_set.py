"""The public keys of an issuer (RFC 7517), each bound to the algorithms for which it may be used."""

from collections.abc import Iterator, Sequence

import msgspec
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from integration_daemon.security.openid_connect.settings import SignatureAlgorithm

MOST_KEYS = 100
"""Greatest number of keys of one issuer."""

_FITTING = {
    SignatureAlgorithm.RS256: ("RSA", ""),
    SignatureAlgorithm.RS384: ("RSA", ""),
    SignatureAlgorithm.RS512: ("RSA", ""),
    SignatureAlgorithm.PS256: ("RSA", ""),
    SignatureAlgorithm.PS384: ("RSA", ""),
    SignatureAlgorithm.PS512: ("RSA", ""),
    SignatureAlgorithm.ES256: ("EC", "P-256"),
    SignatureAlgorithm.ES384: ("EC", "P-384"),
    SignatureAlgorithm.ES512: ("EC", "P-521"),
    SignatureAlgorithm.EDDSA: ("OKP", "Ed25519"),
}
"""The key type and the curve that each algorithm needs."""


class _PublicKey(msgspec.Struct, omit_defaults=True):
    """The public fields of a key. Private fields, which an issuer may publish by mistake, are not read."""

    kty: str
    kid: str = ""
    alg: str = ""
    use: str = "sig"
    crv: str = ""
    n: str = ""
    e: str = ""
    x: str = ""
    y: str = ""


class _Document(msgspec.Struct):
    keys: list[msgspec.Raw]


class KeySet:
    """The keys with which an issuer signs tokens, for the accepted algorithms."""

    def __init__(self, content: bytes, algorithms: Sequence[SignatureAlgorithm]) -> None:
        """Read a key set document. Unusable keys are ignored, as the standard requires.

        Raises `ValueError` if it is not a key set, or if no key is usable.
        """
        try:
            found = msgspec.json.decode(content, type=_Document).keys
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise ValueError("it is not a key set") from None
        if len(found) > MOST_KEYS:
            raise ValueError(f"it has more than {MOST_KEYS} keys")
        self._keys = [key for raw in found for key in _usable(raw, algorithms)]
        if not self._keys:
            raise ValueError("it has no key for the accepted algorithms")

    def find(self, key_id: str | None, algorithm: SignatureAlgorithm) -> PyJWK | None:
        """The key with an id; without an id, the only key for the algorithm."""
        found = [
            key
            for key in self._keys
            if key.algorithm_name == algorithm.value and (key_id is None or key.key_id == key_id)
        ]
        return found[0] if len(found) == 1 else None


def _usable(raw: msgspec.Raw, algorithms: Sequence[SignatureAlgorithm]) -> Iterator[PyJWK]:
    """A key, once for each algorithm for which it can be used."""
    try:
        key = msgspec.json.decode(raw, type=_PublicKey)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    for algorithm in algorithms:
        kind, curve = _FITTING[algorithm]
        if key.use != "sig" or key.kty != kind or key.crv != curve or key.alg not in ("", algorithm.value):
            continue
        try:
            usable = PyJWK(msgspec.to_builtins(key), algorithm.value)
        except PyJWTError:
            continue
        if usable.Algorithm.check_key_length(usable.key) is None:
            yield usable
