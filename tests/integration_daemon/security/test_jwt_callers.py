"""A token of the issuer is accepted for what it says, and for nothing that is not as it must be."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from integration_daemon.security.authentication import NotAuthenticatedError
from integration_daemon.security.openid_connect.settings import SignatureAlgorithm
from integration_daemon.security.permissions import Role
from tests.integration_daemon.security.own_issuer import KEYS, OwnIssuer, knowing, own_issuer
from tests.integration_daemon.security.signing import (
    claims,
    ec_key,
    encoded,
    public_jwk,
    public_pem,
    rsa_key,
    signed,
    signed_with_secret,
    unsigned,
)

Forged = Callable[[str], str]
"""A token for the URL of an issuer."""


def without_a_part_of_its_signature(issuer: str) -> str:
    return signed(claims(issuer))[:-2]


def with_other_claims_than_were_signed(issuer: str) -> str:
    header, _, signature = signed(claims(issuer)).split(".")
    return f"{header}.{encoded(claims(issuer, roles=['administrators']))}.{signature}"


def with_a_list_of_key_ids(issuer: str) -> str:
    _, payload, signature = signed(claims(issuer)).split(".")
    return f"{encoded({'alg': 'RS256', 'kid': ['first']})}.{payload}.{signature}"


def of_nested_arrays(issuer: str) -> str:
    return f"{encoded([])[:-1]}{'W' * 12_000}.e30.AAAA"


REFUSED: dict[str, tuple[Forged, str]] = {
    "no algorithm": (lambda url: unsigned(claims(url)), "its signature algorithm is not accepted"),
    "no algorithm, in another case": (lambda url: unsigned(claims(url), "NONE"), "signature algorithm is not accepted"),
    "HS256 with the public key": (
        lambda url: signed_with_secret(claims(url), public_pem(rsa_key("first"))),
        "its signature algorithm is not accepted",
    ),
    "an algorithm that is not configured": (
        lambda url: signed(claims(url), algorithm="RS512"),
        "its signature algorithm is not accepted",
    ),
    "an algorithm that is not the key's": (
        lambda url: signed(claims(url), algorithm="ES256", key=ec_key("other")),
        "the issuer has no key for it",
    ),
    "the key of somebody else": (lambda url: signed(claims(url), key=rsa_key("other")), "its signature is wrong"),
    "a part of its signature": (without_a_part_of_its_signature, "its signature is wrong"),
    "other claims than were signed": (with_other_claims_than_were_signed, "its signature is wrong"),
    "no exp": (lambda url: signed(claims(url, exp=None)), "it has no claim exp"),
    "no iat": (lambda url: signed(claims(url, iat=None)), "it has no claim iat"),
    "no sub": (lambda url: signed(claims(url, sub=None)), "it has no claim sub"),
    "no iss": (lambda url: signed(claims(url, iss=None)), "it has no claim iss"),
    "no aud": (lambda url: signed(claims(url, aud=None)), "it has no claim aud"),
    "another audience": (lambda url: signed(claims(url, aud=["a", "b"])), "it is for another audience"),
    "another issuer": (lambda url: signed(claims(url + "/")), "it is of another issuer"),
    "an exp that has passed": (lambda url: signed(claims(url, exp=int(time.time()) - 60)), "it has expired"),
    "an nbf in the future": (lambda url: signed(claims(url, nbf=int(time.time()) + 300)), "it is not valid yet"),
    "an iat in the future": (lambda url: signed(claims(url, iat=int(time.time()) + 300)), "it is not valid yet"),
    "an exp that is no number": (lambda url: signed(claims(url, exp="soon")), "it is malformed"),
    "an endless exp": (lambda url: signed(claims(url, exp=float("inf"))), "it is malformed"),
    "a kid that is no text": (with_a_list_of_key_ids, "it is malformed"),
    "a critical header": (lambda url: signed(claims(url), crit=["x"], x=1), "it is malformed"),
    "the type of a logout token": (
        lambda url: signed(claims(url), typ="logout+jwt"),
        "it is neither an access token nor an ID token",
    ),
    "a key of its holder": (lambda url: signed(claims(url, cnf={"jkt": "x"})), "it is bound to a key of its holder"),
    "a name with a line end": (lambda url: signed(claims(url, sub="erin\nadmin")), "its claim sub is not the name"),
    "a long name": (lambda url: signed(claims(url, sub="e" * 201)), "its claim sub is not the name of a user"),
    "no text at all": (lambda url: "", "it is malformed"),
    "characters that are not ASCII": (lambda url: "é.é.\udc80", "it is malformed"),
    "nested arrays": (of_nested_arrays, "it is malformed"),
    "dots": (lambda url: "." * 200, "it is malformed"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_token_is_refused_that_has(what: str) -> None:
    forge, problem = REFUSED[what]
    async with own_issuer() as issuer, knowing(issuer) as known:
        token = forge(issuer.url)
        with pytest.raises(NotAuthenticatedError) as refused:
            await known.caller(token)
        said = str(refused.value)
        assert said.startswith("OMAG-PLATFORM-401-020 The JSON Web Token is not accepted: ")
        assert problem in said
        assert not any(part in said for part in token.split(".") if part)
        assert refused.value.__suppress_context__ or refused.value.__context__ is None


async def test_a_token_in_order_is_that_of_its_user_with_the_roles_of_its_groups() -> None:
    roles = {"operators": (Role.OPERATOR, Role.METADATA_READER), "staff": (Role.VIEWER, Role.OPERATOR)}
    async with own_issuer() as issuer, knowing(issuer, roles=roles) as known:
        caller = await known.caller(signed(claims(issuer.url, roles=["staff", "operators", "others"])))
        assert (caller.name, caller.user) == ("user erin", None)
        assert caller.roles == (Role.VIEWER, Role.OPERATOR, Role.METADATA_READER)


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("groups", {"groups": ["operators"]}),
        ("groups", {"groups": "operators"}),
        ("realm_access.roles", {"realm_access": {"roles": ["operators"]}}),
        ("https://example.com/roles", {"https://example.com/roles": ["operators"]}),
    ],
)
async def test_groups_may_be_in_any_claim(claim: str, value: dict[str, Any]) -> None:
    async with own_issuer() as issuer, knowing(issuer, roles_claim=claim) as known:
        caller = await known.caller(signed(claims(issuer.url, roles=None, **value)))
        assert caller.roles == (Role.OPERATOR,)


@pytest.mark.parametrize(
    "value",
    [None, [], "other operators", "operators administrators", ["OPERATORS"], {"operators": 1}, [["operators"]], 7],
)
async def test_groups_that_map_to_no_role_are_known_and_may_do_nothing(value: Any) -> None:
    async with own_issuer() as issuer, knowing(issuer) as known:
        caller = await known.caller(signed(claims(issuer.url, roles=value)))
        assert (caller.name, caller.roles) == ("user erin", ())


async def test_the_claim_of_the_user_name_binds_requests_to_this_user() -> None:
    async with own_issuer() as issuer, knowing(issuer, user_claim="preferred_username") as known:
        caller = await known.caller(signed(claims(issuer.url, sub="f:1", preferred_username="erin")))
        assert (caller.name, caller.user) == ("user erin", "erin")
        with pytest.raises(NotAuthenticatedError, match="its claim preferred_username is not the name of a user"):
            await known.caller(signed(claims(issuer.url)))


async def test_clocks_may_be_apart_by_the_leeway_and_no_more() -> None:
    now = int(time.time())
    async with own_issuer() as issuer, knowing(issuer, clock_leeway_seconds=100) as known:
        await known.caller(signed(claims(issuer.url, exp=now - 50)))
        await known.caller(signed(claims(issuer.url, iat=now + 50, nbf=now + 50)))
        with pytest.raises(NotAuthenticatedError, match="it has expired"):
            await known.caller(signed(claims(issuer.url, exp=now - 150)))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
async def test_each_configured_algorithm_is_accepted_with_a_key_of_its_type(algorithm: str) -> None:
    key = ec_key("first") if algorithm == "ES256" else rsa_key("first")

    def prepare(issuer: OwnIssuer) -> None:
        issuer.has_keys(public_jwk(key, "first"))

    async with own_issuer() as issuer, knowing(issuer, prepare, algorithms=(SignatureAlgorithm(algorithm),)) as known:
        await known.caller(signed(claims(issuer.url), algorithm=algorithm, key=key))


async def test_a_token_without_a_key_id_is_checked_with_the_only_key_there_is() -> None:
    async with own_issuer() as issuer, knowing(issuer) as known:
        await known.caller(signed(claims(issuer.url), None, key=rsa_key("first")))


async def test_of_several_keys_none_is_tried_for_a_token_without_a_key_id() -> None:
    def prepare(issuer: OwnIssuer) -> None:
        issuer.has_keys(public_jwk(rsa_key("first"), "first"), public_jwk(rsa_key("other"), "other"))

    async with own_issuer() as issuer, knowing(issuer, prepare) as known:
        with pytest.raises(NotAuthenticatedError, match="the issuer has no key for it"):
            await known.caller(signed(claims(issuer.url), None, key=rsa_key("first")))


USELESS: dict[str, dict[str, Any]] = {
    "for encryption": {"use": "enc"},
    "for another algorithm": {"alg": "RS512"},
    "of another type": {"kty": "oct", "k": "AAAA"},
    "with a broken modulus": {"n": "!"},
    "with a modulus that is no text": {"n": 7},
    "with an even exponent": {"e": "Ag"},
    "without a modulus": {"n": ""},
    "on a curve": {"crv": "P-256"},
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("what", USELESS)
async def test_a_key_is_left_out_beside_others_that_is(what: str) -> None:
    def prepare(issuer: OwnIssuer) -> None:
        useless = public_jwk(rsa_key("other"), "other", **USELESS[what])
        issuer.has_keys(
            useless, public_jwk(rsa_key("short", 1024), "short"), "no key", public_jwk(rsa_key("first"), "first")
        )

    async with own_issuer() as issuer, knowing(issuer, prepare) as known:
        await known.caller(signed(claims(issuer.url)))
        for key_id, key in (("other", rsa_key("other")), ("short", rsa_key("short", 1024))):
            with pytest.raises(NotAuthenticatedError, match="the issuer has no key for it"):
                await known.caller(signed(claims(issuer.url), key_id, key=key))
        assert issuer.asked.count(KEYS) == 1


async def test_the_signature_of_a_token_is_checked_once_for_a_request_and_again_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[str] = []
    decode = jwt.decode

    def counted(token: str, *arguments: Any, **named: Any) -> Any:
        checked.append(token)
        return decode(token, *arguments, **named)

    monkeypatch.setattr(jwt, "decode", counted)
    async with own_issuer() as issuer, knowing(issuer) as known:
        recall = await known.callers.recall(signed(claims(issuer.url)))
        assert recall() is not None
        assert len(checked) == 1
        assert recall() is not None  # as by a session that the token began
        assert len(checked) == 2
