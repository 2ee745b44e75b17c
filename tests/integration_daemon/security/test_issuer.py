"""The keys of an issuer are kept up to date, whatever the issuer does, and however many ask."""

import json
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx2
import pytest
import trio
import trustme
from trio.testing import MockClock, wait_all_tasks_blocked

from integration_daemon.security.authentication import NotAuthenticatedError
from integration_daemon.security.openid_connect.discovery import fetch_keys
from integration_daemon.security.openid_connect.issuer import (
    KEYS_USABLE_FOR,
    LONGEST_FETCH,
    LONGEST_WAIT,
    MOST_WAITING,
    PAUSE,
    REFETCH,
    RETRY,
)
from tests.integration_daemon.security.own_issuer import (
    CONFIGURATION,
    KEYS,
    Knowing,
    OwnIssuer,
    knowing,
    own_issuer,
    settings_for,
)
from tests.integration_daemon.security.signing import claims, public_jwk, rsa_key, signed


async def is_accepted(known: Knowing, token: str) -> bool:
    try:
        await known.caller(token)
    except NotAuthenticatedError:
        return False
    return True


async def until(happened: Callable[[], bool]) -> None:
    """Let real time pass until something has happened in another task."""
    while not happened():
        await wait_all_tasks_blocked(0.001)


async def rested(clock: MockClock) -> None:
    """Let the pause after a fetch pass."""
    await wait_all_tasks_blocked(0.01)
    clock.jump(PAUSE)
    await wait_all_tasks_blocked(0.01)


async def test_a_new_key_is_fetched_when_the_first_token_has_it(mock_clock: MockClock) -> None:
    async with own_issuer() as issuer, knowing(issuer) as known:
        issuer.has_keys(public_jwk(rsa_key("second"), "second"))
        await rested(mock_clock)
        assert issuer.fetches == 1
        await known.caller(signed(claims(issuer.url), "second"))
        assert issuer.fetches == 2
        with pytest.raises(NotAuthenticatedError, match="the issuer has no key for it"):
            await known.caller(signed(claims(issuer.url), "first"))  # it was withdrawn


async def test_a_new_key_without_an_id_is_fetched_when_a_signature_is_wrong(mock_clock: MockClock) -> None:
    async with own_issuer() as issuer, knowing(issuer) as known:
        issuer.has_keys(public_jwk(rsa_key("second"), "second"))
        await rested(mock_clock)
        await known.caller(signed(claims(issuer.url), None, key=rsa_key("second")))


async def test_a_wrong_signature_of_a_known_key_does_not_have_the_issuer_asked(mock_clock: MockClock) -> None:
    async with own_issuer() as issuer, knowing(issuer) as known:
        await rested(mock_clock)
        assert not await is_accepted(known, signed(claims(issuer.url), "first", key=rsa_key("other")))
        assert issuer.fetches == 1


async def test_a_flood_of_unknown_keys_has_the_issuer_asked_once_in_a_pause(mock_clock: MockClock) -> None:
    async with own_issuer() as issuer, knowing(issuer) as known:
        token = signed(claims(issuer.url))
        for _ in range(3):
            asked = issuer.fetches
            await rested(mock_clock)
            async with trio.open_nursery() as nursery:
                for number in range(3 * MOST_WAITING):
                    nursery.start_soon(
                        is_accepted, known, signed(claims(issuer.url), f"{number}", key=rsa_key("other"))
                    )
            assert issuer.fetches == asked + 1
            assert await is_accepted(known, token)


async def test_no_request_waits_for_long_and_only_some_wait(mock_clock: MockClock) -> None:
    async with own_issuer() as issuer, knowing(issuer) as known:
        issuer.hangs = True
        await rested(mock_clock)
        outcomes: list[bool] = []

        async def ask() -> None:
            outcomes.append(await is_accepted(known, signed(claims(issuer.url), "unknown", key=rsa_key("other"))))

        async with trio.open_nursery() as nursery:
            for _ in range(MOST_WAITING + 7):
                nursery.start_soon(ask)
            await until(lambda: issuer.fetches == 2)
            await wait_all_tasks_blocked(0.01)
            assert outcomes == [False] * 7
            assert await is_accepted(known, signed(claims(issuer.url)))
            mock_clock.jump(LONGEST_WAIT)
        assert outcomes == [False] * (MOST_WAITING + 7)


async def test_a_key_that_the_issuer_withdraws_is_given_up_though_nobody_asks(mock_clock: MockClock) -> None:
    async with own_issuer() as issuer, knowing(issuer) as known:
        recall = await known.callers.recall(signed(claims(issuer.url)))
        issuer.has_keys(public_jwk(rsa_key("second"), "second"))
        await rested(mock_clock)
        mock_clock.jump(REFETCH - PAUSE)
        await until(lambda: recall() is None)


async def test_keys_are_kept_for_a_day_when_the_issuer_is_down_and_no_longer(mock_clock: MockClock) -> None:
    async with own_issuer() as issuer, knowing(issuer) as known:
        token = signed(claims(issuer.url))
        recall = await known.callers.recall(token)
        issuer.answer(CONFIGURATION, {}, "503 Service Unavailable")
        await rested(mock_clock)
        mock_clock.jump(KEYS_USABLE_FOR - PAUSE)
        await until(lambda: len(known.recorded) == 2)
        assert recall() is not None
        await rested(mock_clock)
        assert recall() is None
        with pytest.raises(NotAuthenticatedError, match="OMAG-PLATFORM-401-021"):
            await known.caller(token)
        assert not any(token in line for line in known.recorded)


async def test_an_issuer_that_comes_back_is_used_again_and_each_outage_is_recorded_once(mock_clock: MockClock) -> None:
    async with own_issuer() as issuer:
        good = issuer.answers[KEYS]
        issuer.answer(KEYS, b"", "500 Internal Server Error")
        async with knowing(issuer) as known:
            for number in range(2, 5):
                await rested(mock_clock)
                mock_clock.jump(RETRY - PAUSE)
                await until(lambda number=number: issuer.fetches == number)  # type: ignore[misc]
            issuer.answers[KEYS] = good
            await rested(mock_clock)
            mock_clock.jump(RETRY - PAUSE)
            await until(lambda: len(known.recorded) == 2)
            await known.caller(signed(claims(issuer.url)))
            first, second = known.recorded
            assert first.startswith(f"OMAG-PLATFORM-0221 The keys of the issuer {issuer.url} could not be fetched: ")
            assert second.startswith("OMAG-PLATFORM-0220")


async def test_an_issuer_that_does_not_answer_is_left_alone_after_a_while(mock_clock: MockClock) -> None:
    async with own_issuer() as issuer:
        issuer.hangs = True
        async with knowing(issuer) as known:
            await until(lambda: issuer.fetches == 1)
            mock_clock.jump(LONGEST_FETCH)
            await until(lambda: len(known.recorded) == 1)
            assert "it has not answered within 10 seconds" in known.recorded[0]


async def test_a_token_that_comes_before_the_keys_waits_for_them() -> None:
    async with own_issuer() as issuer, knowing(issuer) as known, trio.open_nursery() as nursery:
        nursery.start_soon(known.caller, signed(claims(issuer.url)))


def another_name(issuer: OwnIssuer) -> None:
    issuer.answer(CONFIGURATION, {"issuer": f"{issuer.url}/", "jwks_uri": f"{issuer.url}{KEYS}"})


def keys_over_plain_http(issuer: OwnIssuer) -> None:
    issuer.answer(CONFIGURATION, {"issuer": issuer.url, "jwks_uri": "http://login.example.com/keys"})


def keys_in_a_file(issuer: OwnIssuer) -> None:
    issuer.answer(CONFIGURATION, {"issuer": issuer.url, "jwks_uri": "file:///etc/passwd"})


def keys_nowhere(issuer: OwnIssuer) -> None:
    issuer.answer(CONFIGURATION, {"issuer": issuer.url, "jwks_uri": "http://[::1"})


def a_redirect(issuer: OwnIssuer) -> None:
    issuer.answer("/elsewhere", {"keys": [public_jwk(rsa_key("first"), "first")]})
    issuer.answer(KEYS, b"", "302 Found", f"Location: {issuer.url}/elsewhere")


def too_much(issuer: OwnIssuer) -> None:
    issuer.answer(KEYS, b'{"keys": [' + b" " * 300_000 + b"]}")


def too_many_keys(issuer: OwnIssuer) -> None:
    issuer.has_keys(*[public_jwk(rsa_key("first"), f"{number}") for number in range(101)])


def nested_keys(issuer: OwnIssuer) -> None:
    issuer.answer(KEYS, b'{"keys": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def nested_configuration(issuer: OwnIssuer) -> None:
    issuer.answer(CONFIGURATION, b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def no_json(issuer: OwnIssuer) -> None:
    issuer.answer(CONFIGURATION, b"<html>")


def no_keys(issuer: OwnIssuer) -> None:
    issuer.has_keys()


def secret_keys(issuer: OwnIssuer) -> None:
    issuer.has_keys({"kty": "oct", "kid": "first", "k": "AAAA", "alg": "HS256"})


def an_endless_answer(issuer: OwnIssuer) -> None:
    issuer.is_endless = True


def no_http(issuer: OwnIssuer) -> None:
    issuer.answers[KEYS] = b"220 mail.example.com ESMTP\r\n"


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (another_name, "is the configuration of another issuer"),
        (keys_over_plain_http, "is not https"),
        (keys_in_a_file, "is not the URL of an issuer"),
        (keys_nowhere, "is not the URL of an issuer"),
        (a_redirect, "answered with the HTTP status 302"),
        (too_much, "answered with more than 262144 bytes"),
        (an_endless_answer, "answered with more than 262144 bytes"),
        (too_many_keys, "it has more than 100 keys"),
        (nested_keys, "it is not a key set"),
        (nested_configuration, "is not the configuration of an issuer"),
        (no_json, "is not the configuration of an issuer"),
        (no_keys, "it has no key for the accepted algorithms"),
        (secret_keys, "it has no key for the accepted algorithms"),
        (no_http, ""),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_keys_are_not_taken_from_an_issuer_with(spoil: Callable[[OwnIssuer], None], cause: str) -> None:
    async with own_issuer() as issuer, knowing(issuer, spoil) as known:
        (line,) = known.recorded
        assert line.startswith("OMAG-PLATFORM-0221")
        assert cause in line
        assert "/elsewhere" not in issuer.asked
        with pytest.raises(NotAuthenticatedError, match="OMAG-PLATFORM-401-021"):
            await known.caller(signed(claims(issuer.url)))


async def test_the_certificate_of_the_issuer_must_be_of_an_authority_that_is_trusted(tmp_path: Path) -> None:
    authority = trustme.CA()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with own_issuer(tls) as issuer:
        async with knowing(issuer, ca_bundle=str(tmp_path / "ca.pem")) as known:
            await known.caller(signed(claims(issuer.url)))
        async with knowing(issuer) as known:
            assert "CERTIFICATE_VERIFY_FAILED" in known.recorded[0]


async def test_an_issuer_on_this_machine_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with own_issuer() as issuer, knowing(issuer) as known:
        await known.caller(signed(claims(issuer.url)))


@pytest.mark.parametrize("keys", ["https://127.0.0.1:8443/keys", "http://localhost/keys"])
async def test_an_issuer_elsewhere_cannot_have_this_machine_asked_for_its_keys(keys: str) -> None:
    settings, asked = settings_for("https://login.example.com"), []

    async def configuration() -> AsyncIterator[bytes]:
        yield json.dumps({"issuer": settings.issuer, "jwks_uri": keys}).encode()

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(200, content=configuration())

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        with pytest.raises(ValueError, match="is on this machine, which its issuer is not"):
            await fetch_keys(client, settings)
    assert asked == ["https://login.example.com/.well-known/openid-configuration"]
