"""Users of an OpenID Connect issuer call a running platform; when the issuer is down, its other callers still can."""

import json
import subprocess
import sys
from pathlib import Path

import httpx2

from tests.end_to_end.program import PATIENCE, Certificates, Running, command, running
from tests.servers.openid_provider import CLIENT, OpenIdProvider, openid_provider


def with_issuer(directory: Path, issuer: OpenIdProvider) -> None:
    """A platform file that names an issuer."""
    settings = {"issuer": issuer.issuer, "audience": CLIENT, "roles": {"staff": ["viewer"]}}
    (directory / "platform.yaml").write_text(json.dumps({"openIdConnect": settings}))


def asked(program: Running, token: str) -> httpx2.Response:
    return httpx2.get(program.url + "/api/v1/servers", headers={"Authorization": f"Bearer {token}"})


def test_when_the_issuer_is_down_the_local_user_and_api_tokens_still_get_in(tmp_path: Path) -> None:
    with openid_provider() as issuer:
        with_issuer(tmp_path, issuer)
        ci = command("token", "create", "--name", "ci", "--role", "viewer", cwd=tmp_path).stdout.strip()
        token = issuer.token("erin", roles=["staff"])
        with running(tmp_path) as program:
            assert asked(program, token).status_code == 200
            issuer.stop()
            assert asked(program, token).status_code == 200  # by the keys that are known
            assert asked(program, ci).status_code == 200
            assert program.command("status").returncode == 0
        with running(tmp_path) as program:
            refused = asked(program, token)
            assert (refused.status_code, refused.json()["messageId"]) == (401, "OMAG-PLATFORM-401-021")
            assert asked(program, ci).status_code == 200
            assert program.command("status").returncode == 0
            said = "\n".join([program.command("audit-log", "--limit", "1000").stdout, *program.output, *program.errors])
            assert f"OMAG-PLATFORM-0221 The keys of the issuer {issuer.issuer} could not be fetched" in said
            assert not any(part in said + refused.text for part in token.split("."))


def test_an_issuer_is_a_way_to_call_a_platform_that_others_can_reach(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "tls")
    with openid_provider() as issuer:
        with_issuer(tmp_path, issuer)
        with running(tmp_path, "--host", "0.0.0.0", *certificates.options, ca=certificates.ca) as program:
            assert program.url.startswith("https://")


def test_without_the_library_a_platform_with_an_issuer_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text(
        "openIdConnect: {issuer: 'https://login.example.com', audience: a, roles: {staff: [viewer]}}"
    )
    program = (
        "import sys, runpy; sys.modules['jwt'] = None; runpy.run_module('integration_daemon', run_name='__main__')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, "run", "--port", "0"],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "OMAG-PLATFORM-400-150" in ended.stderr
    assert "integration-daemon[openid-connect]" in ended.stderr
