"""Keys and tokens of an issuer that obeys no rule."""

import base64
import hmac
import json
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

AUDIENCE = "integration-daemon"


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A private key; the same for the same name."""
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """A private key on the curve P-256; the same for the same name."""
    return ec.generate_private_key(ec.SECP256R1())


def public_jwk(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, key_id: str, **more: Any) -> dict[str, Any]:
    """The public part of a key, as key sets have it."""
    if isinstance(key, rsa.RSAPrivateKey):
        return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "key_ops": ["verify"], "kid": key_id, **more}
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id, **more}


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    """The public part of a key, as a file has it."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def claims(issuer: str, **changed: Any) -> dict[str, Any]:
    """The claims of a token that is in order, with some of them changed; `None` takes one out."""
    now = int(time.time())
    every = {"iss": issuer, "aud": AUDIENCE, "sub": "erin", "iat": now, "exp": now + 600, "roles": ["operators"]}
    return {name: value for name, value in {**every, **changed}.items() if value is not None}


def signed(
    payload: dict[str, Any], key_id: str | None = "first", algorithm: str = "RS256", key: Any = None, **header: Any
) -> str:
    """A token that is signed as its header says."""
    headers = {**({} if key_id is None else {"kid": key_id}), **header}
    return jwt.encode(payload, key or rsa_key(key_id or "first"), algorithm, headers)


def signed_with_secret(payload: dict[str, Any], secret: bytes, key_id: str = "first") -> str:
    """A token of the algorithm HS256, with a secret that a library would refuse."""
    text = f"{encoded({'alg': 'HS256', 'kid': key_id})}.{encoded(payload)}"
    return f"{text}.{_in_base64(hmac.digest(secret, text.encode(), 'sha256'))}"


def unsigned(payload: dict[str, Any], algorithm: str = "none") -> str:
    """A token without a signature."""
    return f"{encoded({'alg': algorithm, 'kid': 'first'})}.{encoded(payload)}."


def encoded(part: Any) -> str:
    """A part of a token."""
    return _in_base64(json.dumps(part).encode())


def _in_base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
