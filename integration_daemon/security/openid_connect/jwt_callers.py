"""Authentication by JSON Web Tokens (JWT): the checks of a token (RFC 8725, RFC 9068), and the caller it identifies.

Errors state the problem with a token, but contain no part of it.
"""

import ssl
from collections.abc import Mapping
from typing import Any

import jwt
from jwt import exceptions

from audit.message import Record
from integration_daemon.security import messages
from integration_daemon.security.authentication import NotAuthenticatedError
from integration_daemon.security.expiring_keys import Recall
from integration_daemon.security.openid_connect.discovery import trusted
from integration_daemon.security.openid_connect.issuer import Issuer
from integration_daemon.security.openid_connect.settings import OpenIdConnect, SignatureAlgorithm
from integration_daemon.security.permissions import Caller
from services.errors import InvalidParameterError

LONGEST_NAME = 200
"""Characters in the name of a user."""
_REQUIRED = ("iss", "aud", "exp", "iat", "sub")
_TYPES = ("", "jwt", "at+jwt", "application/at+jwt")
"""Values of the header `typ` of access tokens and ID tokens. Issuers sign other objects with the same keys."""
_PROBLEMS: Mapping[type[Exception], str] = {
    exceptions.ExpiredSignatureError: "it has expired",
    exceptions.ImmatureSignatureError: "it is not valid yet",
    exceptions.InvalidAudienceError: "it is for another audience",
    exceptions.InvalidIssuerError: "it is of another issuer",
    exceptions.InvalidSignatureError: "its signature is wrong",
}
"""Problems of tokens, in words; any other error makes a token malformed."""


class UnknownKeyError(NotAuthenticatedError):
    """No known key fits a token; the issuer may have a new key."""


class JwtCallers:
    """Authenticates callers by tokens of one issuer; an `IdentityProvider`."""

    def __init__(self, settings: OpenIdConnect, issuer: Issuer) -> None:
        self._settings = settings
        self._issuer = issuer

    async def run(self, record: Record) -> None:
        """Keep the keys of the issuer up to date until cancelled."""
        await self._issuer.run(record)

    async def recall(self, token: str) -> Recall:
        """A function that returns the caller with a token for as long as the token is accepted.

        Waits briefly if the issuer may have a new key. The first call of the function does not check the token again.
        Raises `NotAuthenticatedError` for a token that is not accepted now.
        """
        try:
            checked = self._caller(token)
        except UnknownKeyError:
            if not await self._issuer.ask():
                raise
            checked = self._caller(token)
        just_checked = [checked]

        def caller() -> Caller | None:
            return just_checked.pop() if just_checked else self._caller_still(token)

        return caller

    def _caller_still(self, token: str) -> Caller | None:
        try:
            return self._caller(token)
        except NotAuthenticatedError:
            return None

    def _caller(self, token: str) -> Caller:
        """The caller with a token, by the known keys."""
        claims = self._claims(token)
        if "cnf" in claims:
            raise _refused("it is bound to a key of its holder (DPoP or mTLS), which is not checked here")
        claim = self._settings.user_claim or "sub"
        name = claims.get(claim)
        if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
            raise _refused(f"its claim {claim} is not the name of a user")
        values = _texts(claims, self._settings.roles_claim)
        roles = [role for value in values for role in self._settings.roles.get(value, ())]
        user = None if self._settings.user_claim is None else name
        return Caller(f"user {name}", tuple(dict.fromkeys(roles)), user)

    def _claims(self, token: str) -> dict[str, Any]:
        """The claims of a token, after all checks."""
        key_id, algorithm = self._header(token)
        key = self._issuer.key(key_id, algorithm)
        if key is None:
            if not self._issuer.has_keys:
                raise UnknownKeyError(messages.ISSUER_KEYS_MISSING)
            raise UnknownKeyError(messages.JWT_NOT_ACCEPTED, problem="the issuer has no key for it")
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[algorithm.value],
                issuer=self._settings.issuer,
                audience=self._settings.audience,
                leeway=self._settings.clock_leeway_seconds,
                options={"require": list(_REQUIRED)},
            )
        except exceptions.MissingRequiredClaimError as error:
            raise _refused(f"it has no claim {error.claim}") from None
        except (exceptions.PyJWTError, ValueError) as error:
            problem = _PROBLEMS.get(type(error), "it is malformed")
            if key_id is None and isinstance(error, exceptions.InvalidSignatureError):
                raise UnknownKeyError(messages.JWT_NOT_ACCEPTED, problem=problem) from None
            raise _refused(problem) from None

    def _header(self, token: str) -> tuple[str | None, SignatureAlgorithm]:
        """The key id, if any, and the algorithm of a token."""
        try:
            header = jwt.get_unverified_header(token)
        except (exceptions.PyJWTError, ValueError):
            raise _refused("it is malformed") from None
        algorithm = next((each for each in self._settings.algorithms if each.value == header.get("alg")), None)
        if algorithm is None:
            raise _refused("its signature algorithm is not accepted")
        if str(header.get("typ", "")).lower() not in _TYPES:
            raise _refused("it is neither an access token nor an ID token")
        return header.get("kid"), algorithm


def open_jwt_callers(settings: OpenIdConnect) -> JwtCallers:
    """Open the authentication by tokens of an issuer. Blocks.

    Raises `InvalidParameterError` if the certificates to trust cannot be read.
    """
    try:
        trust = trusted(settings)
    except (OSError, ssl.SSLError) as error:
        cause = getattr(error, "strerror", None) or type(error).__name__
        raise InvalidParameterError(
            messages.ISSUER_CERTIFICATES_NOT_USABLE, path=settings.ca_bundle, issuer=settings.issuer, cause=cause
        ) from None
    return JwtCallers(settings, Issuer(settings, trust))


def _texts(claims: Mapping[str, Any], claim: str) -> list[str]:
    """The texts in a claim, which may be nested: `realm_access.roles`."""
    found: Any = claims
    for name in (claim,) if claim in claims else claim.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    values = found if isinstance(found, list) else [found]
    return [value for value in values if isinstance(value, str)]


def _refused(problem: str) -> NotAuthenticatedError:
    return NotAuthenticatedError(messages.JWT_NOT_ACCEPTED, problem=problem)
