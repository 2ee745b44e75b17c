"""The problems that `check` reports for receivers of alerts."""

from typing import Any

import pytest

from integration_daemon.config.check import check_raw
from services.allowance import Allowance

EMAIL = {"server": "mail.example.com", "from": "d@example.com", "to": ["a@example.com"]}
LOGIN = {"user": "daemon", "password": "env:HOME"}
SECRET = "https://hooks.example.com/services/T0"
CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "a receiver is one of webhook, email and command"),
    ({"webhook": "env:HOME", "email": EMAIL}, "a receiver is one of webhook, email and command"),
    ({"webhook": SECRET}, "the document contains a secret"),
    ({"webhook": "hooks.example.com"}, "this is not the URL of a webhook"),
    ({"webhook": "ftp://hooks.example.com/T0"}, "this is not the URL of a webhook"),
    ({"email": {**EMAIL, "to": ["a@example.com\nBcc: b@example.com"]}}, "is not an e-mail address"),
    ({"email": {**EMAIL, "from": "daemon"}}, "is not an e-mail address"),
    ({"email": {**EMAIL, "to": []}}, "length"),
    ({"email": {**EMAIL, "port": 0}}, "port"),
    ({"email": {**EMAIL, "user": "daemon"}}, "user and password belong together"),
    ({"email": {**EMAIL, **LOGIN, "startTls": False}}, "the password would be sent without TLS"),
    ({"email": {**EMAIL, "user": "daemon", "password": "tell-nobody"}}, "the document contains a secret"),
    ({"command": ["/bin/sh", "-c", "id"]}, "the platform does not allow this command"),
    ({"command": ["/bin/page"]}, "the platform does not allow this command"),
]
GOOD: list[dict[str, Any]] = [
    {"webhook": "env:HOME"},
    {"email": EMAIL},
    {"email": {**EMAIL, **LOGIN}},
    {"email": {**EMAIL, **LOGIN, "startTls": False, "server": "localhost"}},
    {"command": ["/bin/page", "--team", "data"]},
]


def problems(receiver: dict[str, Any]) -> list[str]:
    raw = {"localServerName": "wards", "alerts": {"receivers": [receiver]}}
    allowance = Allowance(alert_commands=(("/bin/page", "--team", "data"),))
    return [f"{each.path}: {each.text}" for each in check_raw(raw, allowance)]


@pytest.mark.parametrize(("receiver", "problem"), CASES)
def test_a_receiver_that_cannot_be_used_is_a_problem(receiver: dict[str, Any], problem: str) -> None:
    found = problems(receiver)
    assert any(problem in each and each.startswith("$.alerts.receivers[0]") for each in found), found
    assert not any("T0" in each or "tell-nobody" in each for each in found)


@pytest.mark.parametrize("receiver", GOOD)
def test_a_receiver_that_can_be_used_has_no_problems(receiver: dict[str, Any]) -> None:
    assert problems(receiver) == []
