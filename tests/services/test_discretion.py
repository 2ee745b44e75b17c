"""The known secrets of a connection, and concealing them in texts."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from services.framework import discretion
from services.framework.connection import Connection, Endpoint
from services.framework.discretion import known_secrets
from services.secret import Secret


def test_a_connection_without_secrets_conceals_nothing() -> None:
    plain = Connection(
        endpoint=Endpoint(address="postgresql://me@h/db"),
        clear_password=None,
        configuration_properties={"schemas": ["a"]},
    )
    assert known_secrets(plain) is None


def test_secrets_are_concealed_in_every_encoding() -> None:
    secrets = known_secrets(
        Connection(
            endpoint=Endpoint(address="ftp://me:pw-of-address@h"),
            clear_password=Secret("a/b c'd"),
            secured_properties={"x": Secret("postgres")},
            configuration_properties={"auth": {"user": "x", "second": 471147114711}},
        )
    )
    assert secrets is not None
    text = "tried pw-of-address, a/b c'd, a%2Fb%20c%27d and postgres=471147114711 at postgresql://h"
    assert secrets.conceal(text) == "tried ********, ********, ******** and ********=******** at postgresql://h"


def test_the_value_of_a_secret_reference_is_concealed_once_it_was_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_A_TEST", "first value")
    secret = Secret("env:OF_A_TEST")
    secrets = known_secrets(Connection(clear_password=secret))
    assert secrets is not None
    for value in ("first value", "second value"):
        monkeypatch.setenv("OF_A_TEST", value)
        assert secret.reveal() == value
        assert secrets.conceal(f"refused {value}, see env:OF_A_TEST") == "refused ********, see env:OF_A_TEST"


def test_another_thread_conceals_a_value_that_this_one_has_only_begun_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_A_TEST", "first value")
    secret = Secret("env:OF_A_TEST")
    secrets = known_secrets(Connection(clear_password=secret))
    assert secrets is not None
    secret.reveal()
    make, elsewhere = discretion._pattern_of, list[str]()

    def interrupted(values: Iterable[str]) -> re.Pattern[str] | None:
        monkeypatch.setattr(discretion, "_pattern_of", make)
        elsewhere.append(secrets.conceal("refused first value"))
        return make(values)

    monkeypatch.setattr(discretion, "_pattern_of", interrupted)
    assert [secrets.conceal("refused first value"), *elsewhere] == ["refused ********"] * 2


def test_no_repr_of_a_document_shows_a_secret() -> None:
    connection = Connection(
        clear_password=Secret("hush"),
        endpoint=Endpoint(address="ftp://me:hush@h"),
        configuration_properties={"token": "hush"},
    )
    for shown in (repr(connection), str(connection), repr(connection.endpoint), repr({"a": [connection]})):
        assert "hush" not in shown
    assert "ftp://me:********@h" in repr(connection)
