"""Users log in with their passwords: for a token, as clients of the ecosystem do, or with each request."""

from pathlib import Path

import httpx2
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from integration_daemon.security.authentication import NotAuthenticatedError
from integration_daemon.security.authenticator import ISSUED_LASTS, Authenticator
from integration_daemon.security.followed_list import POLL_INTERVAL
from integration_daemon.security.logins import (
    ADDRESS_AT_ONCE,
    ADDRESS_INTERVAL,
    CHECKS_AT_ONCE,
    USER_AT_ONCE,
    USER_INTERVAL,
    LoginRefusedError,
)
from integration_daemon.security.passwords import hashed
from integration_daemon.security.peer import Peer
from integration_daemon.security.permissions import Role
from integration_daemon.security.users import UserFile
from tests.integration_daemon.security.guarded import Guarded, guarded

PASSWORD = "correct horse battery staple"
STATUS = "/servers/exchangeDL01/open-metadata/integration-daemon/users/{}/status"


def users_of(tmp_path: Path, *names: str) -> UserFile:
    """The users of the platform, with these added: all have one password."""
    file = UserFile(tmp_path / "data")
    for name in names:
        file.add(name, (Role.VIEWER,), hashed(PASSWORD))
    return file


async def log_in(
    platform: Guarded, user: str, password: str, path: str = "/api/token", **more: object
) -> httpx2.Response:
    body = {"userId": user, "password": password, **more}
    stale = {"Authorization": "Bearer stale"}  # as pyegeria sends it when it refreshes a token
    return await platform.http.post(platform.url + path, json=body, headers=stale)


async def guess(platform: Guarded, user: str, times: int) -> list[int]:
    return [(await log_in(platform, user, f"wrong password {number}")).status_code for number in range(times)]


@pytest.mark.parametrize("path", ["/api/token", "/servers/view-server/api/token"])
async def test_a_user_gets_a_token_for_its_password(path: str, tmp_path: Path) -> None:
    users_of(tmp_path, "erinoverview")
    async with guarded(tmp_path) as platform:
        answer = await log_in(platform, "erinoverview", PASSWORD, path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        token = answer.text
        assert (await platform.send("GET", STATUS.format("erinoverview"), token)).status_code == 200
        assert (await platform.send("GET", STATUS.format("garygeeke"), token)).status_code == 403
        assert (await platform.send("POST", "/api/v1/connectors/refresh", token)).status_code == 403
        assert (await log_in(platform, "erinoverview", token, path)).status_code == 401  # it is no password


async def test_an_api_token_is_accepted_as_a_password(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        answer = await log_in(platform, "whoever", platform.tokens[Role.VIEWER])
        assert (await platform.send("GET", STATUS.format("erinoverview"), answer.text)).status_code == 200
        bound = platform.file.create("bound", (Role.VIEWER,), user="erinoverview", expires=None)
        await platform.until_accepted(bound)
        assert (await log_in(platform, "garygeeke", bound)).status_code == 401
        assert (await log_in(platform, "erinoverview", bound)).status_code == 200
        platform.file.revoke("viewer")
        await platform.until_revoked(answer.text)


async def test_a_token_for_a_password_is_valid_for_an_hour(tmp_path: Path, mock_clock: MockClock) -> None:
    users_of(tmp_path, "erinoverview")
    authenticator = Authenticator(tmp_path / "data")
    authenticator.open()
    token = await authenticator.issue("erinoverview", PASSWORD)
    mock_clock.jump(ISSUED_LASTS - 1)
    assert (await authenticator.caller(f"Bearer {token}")).name == "user erinoverview"
    mock_clock.jump(2)
    with pytest.raises(NotAuthenticatedError):
        await authenticator.caller(f"Bearer {token}")


@pytest.mark.parametrize("change", ["removed", "another password"])
async def test_the_tokens_of_a_user_end_with_its_removal_or_a_change_of_password(change: str, tmp_path: Path) -> None:
    users = users_of(tmp_path, "erinoverview")
    async with guarded(tmp_path) as platform, httpx2.AsyncClient(auth=("erinoverview", PASSWORD)) as basic:
        token = (await log_in(platform, "erinoverview", PASSWORD)).text
        link = (await basic.post(platform.url + "/api/v1/console-links")).json()["path"]
        login = await platform.http.get(platform.url + link)
        platform.http.headers["X-Console-Key"] = login.headers["location"].partition("#key=")[2]
        assert (await platform.send("GET", "/api/v1/servers")).status_code == 200  # the session of the link
        if change == "removed":
            users.remove("erinoverview")
        else:
            users.set_password("erinoverview", hashed(PASSWORD + "!"))
        await platform.until_revoked(token)
        assert (await basic.get(platform.url + "/api/v1/servers")).status_code == 401
        assert (await platform.send("GET", "/api/v1/servers")).status_code == 401
        again = await log_in(platform, "erinoverview", PASSWORD + "!")
        assert again.status_code == (401 if change == "removed" else 200)


async def test_a_user_added_while_the_platform_runs_is_accepted(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        users_of(tmp_path, "erinoverview")
        statuses = [401]
        while statuses[-1] == 401 and len(statuses) <= USER_AT_ONCE:
            await trio.sleep(2 * POLL_INTERVAL)
            statuses.append((await log_in(platform, "erinoverview", PASSWORD)).status_code)
        assert statuses[-1] == 200


async def test_a_password_is_accepted_with_each_request(tmp_path: Path) -> None:
    users_of(tmp_path, "erinoverview")
    async with guarded(tmp_path) as platform:
        url = platform.url + "/api/v1/servers"
        assert (await platform.http.get(url, auth=("erinoverview", PASSWORD))).status_code == 200
        for user, password in (("erinoverview", "wrong password"), ("garygeeke", PASSWORD), ("erinoverview", "")):
            assert (await platform.http.get(url, auth=(user, password))).status_code == 401
        unreadable = await platform.http.get(url, headers={"Authorization": "Basic erinoverview"})
        assert unreadable.status_code == 401


async def test_guesses_at_the_password_of_a_user_are_slowed_and_recorded(tmp_path: Path, mock_clock: MockClock) -> None:
    users_of(tmp_path, "erinoverview", "garygeeke")
    async with guarded(tmp_path) as platform:
        assert await guess(platform, "erinoverview", USER_AT_ONCE) == [401] * USER_AT_ONCE
        for password in ("another wrong password", PASSWORD):  # a right guess is not told from a wrong one
            refused = await log_in(platform, "erinoverview", password)
            assert refused.status_code == 429
            assert 0 < int(refused.headers["retry-after"]) <= USER_INTERVAL
        assert (await log_in(platform, "garygeeke", PASSWORD)).status_code == 200
        assert (await log_in(platform, "erinoverview", platform.tokens[Role.VIEWER])).status_code == 200
        await wait_all_tasks_blocked()
        ((message, inserts),) = platform.recorded  # the others are recorded later, together
        assert message.id == "OMAG-PLATFORM-0250"
        assert "the last of them of the user erinoverview from 127.0.0.1" in message.render(inserts)


async def test_an_unknown_user_gets_the_same_answer_as_a_known_one(tmp_path: Path, mock_clock: MockClock) -> None:
    users_of(tmp_path, "erinoverview")
    async with guarded(tmp_path) as platform:
        answers = {}
        for user in ("secret typed in the wrong place", "erinoverview"):
            answers[user] = [await log_in(platform, user, "wrong") for _ in range(USER_AT_ONCE + 1)]
        known, unknown = (
            [(each.status_code, each.json()["messageId"]) for each in list_] for list_ in answers.values()
        )
        assert known == unknown
        assert "secret typed" not in str(platform.recorded)


async def test_guesses_from_one_address_are_slowed_for_all_user_names(tmp_path: Path, mock_clock: MockClock) -> None:
    users_of(tmp_path, "erinoverview", "garygeeke")
    async with guarded(tmp_path) as platform:
        assert (await log_in(platform, "erinoverview", PASSWORD)).status_code == 200
        for number in range(ADDRESS_AT_ONCE):
            assert await guess(platform, f"user {number}", 1) == [401]
        assert (await log_in(platform, "garygeeke", PASSWORD)).status_code == 429
        remembered = await log_in(platform, "erinoverview", PASSWORD)  # it is not computed again
        assert remembered.status_code == 200
        assert await guess(platform, "erinoverview", 1) == [429]
        assert (await log_in(platform, "erinoverview", PASSWORD)).status_code == 429  # nor guessed without waiting


async def test_a_flood_of_passwords_is_checked_a_few_at_a_time(tmp_path: Path, mock_clock: MockClock) -> None:
    statuses: list[int] = []
    async with guarded(tmp_path) as platform, trio.open_nursery() as nursery:

        async def one(number: int) -> None:
            statuses.extend(await guess(platform, f"user {number}", 1))

        for number in range(60):
            nursery.start_soon(one, number)
        assert (await platform.send("GET", "/livez")).text == "ok"
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= ADDRESS_AT_ONCE + CHECKS_AT_ONCE


async def test_a_caller_may_try_again_after_waiting(tmp_path: Path, mock_clock: MockClock) -> None:
    users_of(tmp_path, "erinoverview")
    authenticator = Authenticator(tmp_path / "data")
    authenticator.open()
    address = Peer("2001:db8::1")

    async def status_of(password: str, peer: Peer = address) -> int:
        try:
            await authenticator.issue("erinoverview", password, peer)
        except LoginRefusedError as error:
            return error.definition.http_code
        return 200

    assert [await status_of("wrong") for _ in range(USER_AT_ONCE)] == [401] * USER_AT_ONCE
    assert await status_of(PASSWORD, Peer("192.0.2.1")) == 429
    mock_clock.jump(USER_INTERVAL)
    assert await status_of("wrong") == 401
    assert await status_of(PASSWORD) == 429
    mock_clock.jump(USER_INTERVAL)
    assert await status_of(PASSWORD) == 200
    mock_clock.jump(USER_INTERVAL * USER_AT_ONCE)
    mock_clock.jump(ADDRESS_INTERVAL * ADDRESS_AT_ONCE)
    for number in range(ADDRESS_AT_ONCE):  # an address of a network with many is one of many
        with pytest.raises(LoginRefusedError):
            await authenticator.issue(f"user {number}", "wrong", Peer(f"2001:db8::{number}"))
    assert await status_of("wrong", Peer("2001:db8::ffff")) == 429
    assert await status_of(PASSWORD, Peer("2001:db8:1::1")) == 200


@pytest.mark.parametrize(
    "body", [{}, {"userId": "erinoverview"}, {"userId": 1, "password": PASSWORD}, [], {"userId": None, "password": ""}]
)
async def test_a_malformed_request_for_a_token_is_answered_with_the_place_of_the_problem(
    body: object, tmp_path: Path
) -> None:
    async with guarded(tmp_path) as platform:
        answer = await platform.http.post(platform.url + "/api/token", json=body)
        assert (answer.status_code, PASSWORD in answer.text) == (400, False)
        assert answer.json()["messageId"] == "OMAG-COMMON-400-044"


async def test_a_request_for_a_token_does_not_change_the_password(tmp_path: Path) -> None:
    users_of(tmp_path, "erinoverview")
    async with guarded(tmp_path) as platform:
        refused = await log_in(platform, "erinoverview", PASSWORD, newPassword=PASSWORD + "!")
        assert (refused.status_code, refused.json()["messageId"]) == (400, "OMAG-PLATFORM-400-183")
        assert (await log_in(platform, "erinoverview", PASSWORD)).status_code == 200
