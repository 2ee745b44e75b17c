"""The platform file's limits on bodies and callers hold for the routes."""

import json
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_daemon.config.limits import Limits
from integration_daemon.config.platform_file import PlatformFile
from integration_daemon.rest import reading_bodies
from integration_daemon.rest.body import read_body
from integration_daemon.rest.json_nesting import is_nested_deeper
from integration_daemon.rest.route import Route
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, served

FIND = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/users/npa/batch/find"


async def test_a_body_is_as_large_and_as_deep_as_the_limits_say(tmp_path: Path) -> None:
    file = PlatformFile(limits=Limits(body_bytes=2_000, json_nesting=10))
    async with served(tmp_path, METADATA_SERVER_DOCUMENT, file=file) as platform:

        async def status(body: bytes) -> tuple[int, str]:
            answer = await platform.http.post(platform.url + FIND, content=body)
            return answer.status_code, answer.text

        assert (await status(b"{}" + b" " * 1_500))[0] == 200
        code, said = await status(b"{}" + b" " * 2_500)
        assert code == 413
        assert "larger than 2000 bytes" in said
        code, said = await status(b'{"x": ' + b"[" * 10 + b"]" * 10 + b"}")
        assert code == 400
        assert "nested more than 10 deep" in said


async def test_a_large_document_is_decoded_beside_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoding: list[threading.Thread] = []

    def spy(route: Route, content: bytes) -> Any:
        decoding.append(threading.current_thread())
        return read_body(route, content)

    monkeypatch.setattr(reading_bodies, "read_body", spy)
    document = {**METADATA_SERVER_DOCUMENT, "localServerDescription": "x" * reading_bodies.LARGE}
    async with served(tmp_path) as platform:
        path = "/open-metadata/admin-services/servers/cocoMDS1/configuration"
        for each in (METADATA_SERVER_DOCUMENT, document):
            assert (await platform.post(path, each))["relatedHTTPCode"] == 200
        stored = (await platform.get(path))["omagserverConfig"]
    assert stored["localServerDescription"] == document["localServerDescription"]
    assert [each is threading.current_thread() for each in decoding] == [True, False]


CONTENT: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.text(alphabet='[]{}"\\ax\n', max_size=6) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[]{}"\\', max_size=4), inner, max_size=3),
    max_leaves=30,
)


def depth(content: Any) -> int:
    if isinstance(content, dict):
        return 1 + max(map(depth, content.values()), default=0)
    return 1 + max(map(depth, content), default=0) if isinstance(content, list) else 0


@given(content=CONTENT, most=st.integers(0, 6), indent=st.sampled_from([None, 1]))
def test_the_depth_of_json_is_found_whatever_its_texts_hold(content: Any, most: int, indent: int | None) -> None:
    assert is_nested_deeper(json.dumps(content, indent=indent).encode(), most) == (depth(content) > most)
    assert is_nested_deeper(msgspec.json.encode(content), most) == (depth(content) > most)


@pytest.mark.parametrize("content", [b"[" * 1_000_000, b'{"a":' * 1_000_000, b"[" * 5_000_000 + b"]" * 5_000_000])
def test_a_bomb_of_brackets_is_found(content: bytes) -> None:
    assert is_nested_deeper(content, Limits().json_nesting)


def test_brackets_are_counted_one_by_one_below_the_innermost_levels() -> None:
    content = b"[" + (b"[" * 29 + b"]" * 29 + b",") * 3 + b"[]]"

    assert (is_nested_deeper(content, 29), is_nested_deeper(content, 30)) == (True, False)
