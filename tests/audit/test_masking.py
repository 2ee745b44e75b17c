"""Secrets are masked in every position and with every kind of character; other text is unchanged."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import DescribedError
from audit.log import AuditLog, Buffer, Component
from audit.masking import MASK, masked, masked_text
from audit.message import AuditMessage, ErrorMessage
from audit.record import AuditRecord, Originator
from audit.rendering import record_of
from audit.severity import Severity


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:hush@host/db", "postgresql://me:********@host/db"),
        ("postgresql://me:hu/sh@host/db", "postgresql://me:********@host/db"),
        ("postgresql://me:hu sh@host/db", "postgresql://me:********@host/db"),
        ("postgresql://me:hu%sh@host/db", "postgresql://me:********@host/db"),
        ("postgresql://me:hu@sh@host:5432/db", "postgresql://me:********@host:5432/db"),
        ("amqp://me:1/hush@host", "amqp://me:********@host"),
        ("redis://:hush@host:6379/0", "redis://:********@host:6379/0"),
        ("ftp://me:hush@host/path", "ftp://me:********@host/path"),
        ("me:hush@host:5432/db", "me:********@host:5432/db"),
        ("mongodb://me:hush@a:1,b:2/db", "mongodb://me:********@a:1,b:2/db"),
        ("https://host/x?a=1&password=hush&b=2", "https://host/x?a=1&password=********&b=2"),
        ("https://host/x?pwd=hu sh", "https://host/x?pwd=********"),
        ("host=h user=me password=hush dbname=d", "host=h user=me password=******** dbname=d"),
        ("host=h password = 'hu \\' sh' user=me", "host=h password = ******** user=me"),
        ("jdbc:postgresql://h/db?user=me&password=hush", "jdbc:postgresql://h/db?user=me&password=********"),
        ("jdbc:sqlserver://h:1433;user=me;password=hu@sh@;db=y", "jdbc:sqlserver://h:1433;user=me;password=********;db=y"),
        ("jdbc:oracle:thin:scott/hush@//h:1521/s", "jdbc:oracle:thin:scott/********@//h:1521/s"),
        ("Server=h;Pwd=hu sh;User ID=x", "Server=h;Pwd=********;User ID=x"),
        ('org.Kafka.PlainLoginModule required username="u" password="hu\\"sh";',
         'org.Kafka.PlainLoginModule required username="u" password=********;'),
        ("cannot reach postgresql://me:hush@h1: refused by me@h2",
         "cannot reach postgresql://me:********@h1: refused by me@h2"),
        ("cannot log on at postgresql://me:hu sh@h1 today", "cannot log on at postgresql://me:********@h1 today"),
        ("the options {'password': 'hush', 'retries': 3}", "the options {'password': ********, 'retries': 3}"),
        ('{"passwd": ["hush"], "a": 1}', '{"passwd":"********","a":1}'),
        ("Authorization: Bearer abc.hush", "Authorization: Bearer ********"),
        ("it was sent with bearer hush12345678", "it was sent with bearer ********"),
        ("the token idt_hush" + "x" * 39 + " of ci", "the token ******** of ci"),
        ("x-api-key: hush", "x-api-key: ********"),
        ("auth=hush", "auth=********"),
        ("-----BEGIN RSA PRIVATE KEY-----\nhush\n-----END RSA PRIVATE KEY-----",
         "-----BEGIN RSA PRIVATE KEY-----********-----END RSA PRIVATE KEY-----"),
    ],
)  # fmt: skip
def test_only_the_secret_in_a_text_is_masked(text: str, shown: str) -> None:
    assert masked_text(text) == shown
    assert masked_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me@host:5432/db",
        "see https://host:80/a@b",
        "https://localhost:9444",
        "password=env:DB_PASSWORD",
        "clearPassword: file:/run/secrets/db",
        "Access denied for user 'me'@'localhost' (using password: YES)",
        'FATAL: password authentication failed for user "me"',
        "$.connection.clearPassword: the document contains a secret",
        "is not valid at $.a[0].securedProperties.token: Expected `str`, got `int`",
        "author=me, path: /x, authority: y, a/b@c",
        "data/landing-area/2024:01:02 20:57:50",
        "OMAG-MULTI-TENANT-404-001 The OMAG Server cocoMDS1 is not available to service a request from user npa",
    ],
)
def test_text_without_secrets_is_unchanged(text: str) -> None:
    assert masked_text(text) == text


NAMES = ["password", "clearPassword", "DB_PASSWORD", "pwd", "passwd", "auth", "basicAuth", "token", "secret",
         "client-secret", "apikey", "api_key", "accessKey", "credentials", "sasl.jaas.config",
         "Authorization"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["hush", 4711, ["hush"], {"user": "me", "second": ["hush"]}, [{"a": "hush"}]])
def test_every_value_with_a_secret_name_is_masked(name: str, value: Any) -> None:
    assert masked({"a": [{name: value}]}) == {"a": [{name: MASK}]}
    assert masked({"name": name, "value": value}) == {"name": name, "value": MASK}


def test_values_with_other_names_references_and_switches_are_shown() -> None:
    content = {"author": "me", "path": "x", "usePassword": True, "password": "env:PW", "token": None, "a": [1, 2.5, ""],
               "secretsStoreProvider": "x", "monkey": "m", "password_": ""}  # fmt: skip
    assert masked(content) == content


FORMS: list[Callable[[str], str]] = [
    lambda secret: f"postgresql://me:{secret}@host/db",
    lambda secret: f"ftp://me:{secret}@host",
    lambda secret: f"jdbc:mysql://me:{secret}@host:3306/db?ssl=true",
    lambda secret: f"https://me:{quote(secret, safe='')}@host/path",
    lambda secret: f"https://host/path?password={quote(secret, safe='')}&more=1",
    lambda secret: "host=h password='" + secret.replace("\\", "\\\\").replace("'", "\\'") + "' user=me",
    lambda secret: 'a.LoginModule required password="' + secret.replace("\\", "\\\\").replace('"', '\\"') + '";',
    lambda secret: f"it failed with { {'user': 'me', 'password': secret} }",
]
ANY = st.characters(codec="utf-8")
PRINTABLE = ANY.filter(str.isprintable)


def secrets(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Secrets whose beginning and end are recognisable, so that a part left unmasked is noticed."""
    return st.text(alphabet, max_size=30).map(lambda text: f"Qz7{text}7zQ")


def error_with(text: str) -> DescribedError:
    definition = ErrorMessage(id="X-400-001", http_code=400, text="It is {it}", system_action="", user_action="")
    return DescribedError(definition, it=text)


@given(secrets(ANY), st.sampled_from(FORMS))
def test_no_part_of_a_secret_in_an_address_is_shown(secret: str, form: Callable[[str], str]) -> None:
    error = error_with(form(secret))
    for shown in (masked_text(form(secret)), str(error), repr(error), str(error.parameters)):
        assert "Qz7" not in shown
        assert "7zQ" not in shown


@given(secrets(PRINTABLE.filter(lambda character: character != "@")), st.sampled_from(FORMS))
def test_no_part_of_a_secret_in_an_address_is_shown_by_an_exception_or_its_stack(
    secret: str, form: Callable[[str], str]
) -> None:
    shown = str(record(form(secret), error_with(form(secret))))
    assert "Qz7" not in shown
    assert "7zQ" not in shown


def record(text: str, error: Exception, conceal: Callable[[str], str] | None = None) -> AuditRecord:
    """An audit record with the text in inserts of every kind, and with an exception."""
    message = AuditMessage(id="X", severity=Severity.ERROR, text="{a} {b} {c}", system_action="", user_action="")
    log = AuditLog(Buffer(10), Component(component_id=1, component_name="test"))
    log.conceal = conceal
    try:
        raise RuntimeError(text) from error
    except RuntimeError as raised:
        log.exception(message, raised, a=text, b=ValueError(text), c={"a": [text], "password": text})
    return record_of(log._buffer.entries[0], Originator(server_name="s", server_type="t"))


def test_a_record_shows_no_known_secret_of_its_component() -> None:
    shown = str(record("the server said 4711hush", ValueError("4711hush"), lambda text: text.replace("4711hush", MASK)))
    assert "hush" not in shown
    assert f"the server said {MASK}" in shown
