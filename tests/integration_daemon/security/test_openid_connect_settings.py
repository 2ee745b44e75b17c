"""Unsafe settings of an issuer are refused, with a reason in one line."""

from pathlib import Path

import pytest

from integration_daemon.config.load import ConfigurationError
from integration_daemon.config.platform_file import load_platform_file
from integration_daemon.security.openid_connect.jwt_callers import open_jwt_callers
from integration_daemon.security.openid_connect.settings import OpenIdConnect, SignatureAlgorithm
from integration_daemon.security.permissions import Role
from services.errors import InvalidParameterError
from tests.integration_daemon.security.own_issuer import settings_for

ISSUER = "https://login.example.com/realms/main"
GOOD = f"""\
openIdConnect:
  issuer: {ISSUER}
  audience: integration-daemon
  rolesClaim: realm_access.roles
  roles:
    data-operators: [operator, metadata-reader]
"""


def loaded(directory: Path, content: str) -> OpenIdConnect:
    path = directory / "platform.yaml"
    path.write_text(content)
    settings = load_platform_file(path, is_named=True).open_id_connect
    assert settings is not None
    return settings


def test_the_platform_file_names_the_issuer(tmp_path: Path) -> None:
    settings = loaded(tmp_path, GOOD)
    assert (settings.issuer, settings.roles) == (ISSUER, {"data-operators": (Role.OPERATOR, Role.METADATA_READER)})
    assert settings.algorithms == (SignatureAlgorithm.RS256, SignatureAlgorithm.ES256)


@pytest.mark.parametrize(
    ("more", "place", "problem"),
    [
        ("  algorithms: [RS256, none]\n", "$.openIdConnect.algorithms[1]", "Invalid enum value 'none'"),
        ("  algorithms: [HS256]\n", "$.openIdConnect.algorithms[0]", "Invalid enum value 'HS256'"),
        ("  algorithms: []\n", "$.openIdConnect.algorithms", "length >= 1"),
        ("  clockLeewaySeconds: 301\n", "$.openIdConnect.clockLeewaySeconds", "<= 300"),
        ("  audiences: [a]\n", "$.openIdConnect.audiences", "this field is not known (did you mean audience?)"),
        ("    staff: [boss]\n", "$.openIdConnect.roles[...][0]", "Invalid enum value 'boss'"),
    ],
)
def test_a_setting_is_refused_with_its_place(more: str, place: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        loaded(tmp_path, GOOD + more)
    assert f"{place}: " in str(refused.value)
    assert problem in str(refused.value)


@pytest.mark.parametrize("field", ["issuer", "audience", "roles"])
def test_an_issuer_without_what_it_needs_is_refused(field: str, tmp_path: Path) -> None:
    lines = [line for line in GOOD.splitlines() if not line.strip().startswith((f"{field}:", "data-operators"))]
    with pytest.raises(ConfigurationError, match=rf"\$\.openIdConnect\.{field}: this field is required"):
        loaded(tmp_path, "\n".join(lines))


@pytest.mark.parametrize(
    ("issuer", "problem"),
    [
        ("http://login.example.com", "is not https"),
        ("http://localhost.example.com", "is not https"),
        ("ftp://127.0.0.1/", "is not https"),
        ("login.example.com", "is not the URL of an issuer"),
        ("https://user:word@login.example.com", "is not the URL of an issuer"),
        ("https://", "is not the URL of an issuer"),
        ("https://[::1", "is not the URL of an issuer"),
        ("https://login.example.com:99999", "is not the URL of an issuer"),
        ("https://login.example.com/?tenant=1", "has a query or a fragment"),
    ],
)
def test_an_issuer_is_refused_that_could_not_be_trusted(issuer: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        loaded(tmp_path, GOOD.replace(ISSUER, f"'{issuer}'"))
    assert "platform.yaml:2: error: $.openIdConnect: " in str(refused.value)
    assert problem in str(refused.value)
    assert "word" not in str(refused.value)


def test_certificates_that_cannot_be_read_are_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for name in ("none.pem", "empty.pem"):
        with pytest.raises(InvalidParameterError, match=f"OMAG-PLATFORM-400-151 The certificates in .*{name}"):
            open_jwt_callers(settings_for(ISSUER, ca_bundle=str(tmp_path / name)))
