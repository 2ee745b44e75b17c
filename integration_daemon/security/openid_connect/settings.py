"""The settings of the OpenID Connect issuer, which are a part of the platform file."""

from enum import Enum
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from integration_daemon.security.permissions import Role
from services.loopback import is_on_this_machine

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class SignatureAlgorithm(Enum):
    """A signature algorithm with a public key. Algorithms with a shared key (HS256), and `none`, are not accepted."""

    RS256 = "RS256"
    """RSA (PKCS #1) with SHA-256."""
    RS384 = "RS384"
    """RSA (PKCS #1) with SHA-384."""
    RS512 = "RS512"
    """RSA (PKCS #1) with SHA-512."""
    PS256 = "PS256"
    """RSA (PSS) with SHA-256."""
    PS384 = "PS384"
    """RSA (PSS) with SHA-384."""
    PS512 = "PS512"
    """RSA (PSS) with SHA-512."""
    ES256 = "ES256"
    """ECDSA on the curve P-256 with SHA-256."""
    ES384 = "ES384"
    """ECDSA on the curve P-384 with SHA-384."""
    ES512 = "ES512"
    """ECDSA on the curve P-521 with SHA-512."""
    EDDSA = "EdDSA"
    """EdDSA on the curve Ed25519."""


class OpenIdConnect(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """An OpenID Connect issuer. Its JSON Web Tokens (JWT) authenticate callers, in addition to API tokens."""

    issuer: _Text
    """The URL of the issuer, exactly as it is in the claim `iss` of its tokens. It must be https, or on a loopback
    address."""
    audience: _Text
    """The audience that the claim `aud` of a token must contain: the issuer's name for this platform."""
    roles: Annotated[dict[str, tuple[Role, ...]], msgspec.Meta(min_length=1)]
    """The roles that each value of the roles claim grants. Other values grant nothing."""
    roles_claim: _Text = "roles"
    """The claim with the groups or roles of the caller: a text or a list of texts. A claim within another is written
    with a dot, as `realm_access.roles`."""
    user_claim: _Text | None = None
    """The claim with the user name of the caller, as `preferred_username`: requests are then for this user alone. It
    must be one that users cannot change by themselves. Without it, the caller is named by `sub`, and requests can be
    for any user."""
    algorithms: Annotated[tuple[SignatureAlgorithm, ...], msgspec.Meta(min_length=1)] = (
        SignatureAlgorithm.RS256,
        SignatureAlgorithm.ES256,
    )
    """The signature algorithms that are accepted."""
    clock_leeway_seconds: Annotated[int, msgspec.Meta(ge=0, le=300)] = 30
    """Tolerated difference between the clocks of the issuer and of this machine."""
    ca_bundle: _Text | None = None
    """A file of certificates (PEM) to trust for the issuer, in addition to the system's."""

    def __post_init__(self) -> None:
        """Raise `ValueError` for an invalid issuer URL."""
        require_safe_url(self.issuer)
        if urlsplit(self.issuer).query or urlsplit(self.issuer).fragment:
            raise ValueError(f"the issuer {self.issuer!r} has a query or a fragment, which no issuer has")


def require_safe_url(url: str) -> None:
    """Raise `ValueError` for a URL from which keys must not be fetched: only https and this machine are safe."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        parts, has_host = urlsplit(""), False
    if not has_host or not url.isprintable() or " " in url:
        raise ValueError(f"{url!r} is not the URL of an issuer, such as https://login.example.com/realms/main")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_on_this_machine(url)):
        raise ValueError(f"{url!r} is not https: whoever is on the way to it could replace its keys")
