"""The files for running the program as a service: systemd itself checks the units, and the example for Kubernetes holds
what the program needs."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration_daemon.cli.main import app
from integration_daemon.config.check import check_raw
from integration_daemon.rest.app import ROUTES
from integration_daemon.security.permissions import Permission

DEPLOYMENT = Path(__file__).parents[2] / "docs" / "deployment"
EXPOSURE = 15
"""Tenths, from 0 to 100, as `systemd-analyze security` rates a unit; docs/systemd.md tells the figure."""


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, for a program that is on this machine."""
    for name in ("integration-daemon.service", "integration-daemon.socket"):
        text = (DEPLOYMENT / name).read_text().replace("/opt/integration-daemon/bin/integration-daemon", "/bin/true")
        (tmp_path / name).write_text(text.replace("User=integration-daemon", "User=root"))
    return sorted(tmp_path.iterdir())


def test_systemd_finds_no_problem_in_the_units(units: list[Path]) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)], capture_output=True, text=True, check=False
    )
    problems = [line for line in done.stderr.splitlines() if "integration-daemon" in line]
    assert (done.returncode, problems) == (0, [])


def test_the_service_is_confined() -> None:
    unit = str(DEPLOYMENT / "integration-daemon.service")
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def of_kind(kind: str) -> Any:
    """An object of the example for Kubernetes."""
    found = yaml.safe_load_all((DEPLOYMENT / "kubernetes.yaml").read_text())
    return next(each for each in found if each["kind"] == kind)


def test_the_document_of_the_example_has_no_problems() -> None:
    document = yaml.safe_load(of_kind("ConfigMap")["data"]["daemon.yaml"])
    assert check_raw(document) == []


def test_the_commands_of_the_example_and_of_the_container_are_valid() -> None:
    (container,) = of_kind("StatefulSet")["spec"]["template"]["spec"]["containers"]
    (command,) = re.findall(r"^CMD (\[.*?\])$", (DEPLOYMENT / "Containerfile").read_text(), re.MULTILINE | re.DOTALL)
    for arguments in (container["args"], json.loads(command.replace("\\\n", ""))):
        app.parse_args(arguments, exit_on_error=False, print_error=False)


def test_the_image_has_every_extra_that_serves_the_program() -> None:
    project = tomllib.loads((DEPLOYMENT.parents[1] / "pyproject.toml").read_text())["project"]
    (extras,) = re.findall(r"/source\[(.*?)\]", (DEPLOYMENT / "Containerfile").read_text())
    assert set(extras.split(",")) == set(project["optional-dependencies"]) - {"dev", "docs", "mutants"}


def test_the_probes_ask_for_routes_that_need_no_token() -> None:
    (container,) = of_kind("StatefulSet")["spec"]["template"]["spec"]["containers"]
    probes = [container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")]
    public = {path for route in ROUTES if route.permission is Permission.PUBLIC for path in route.paths}
    assert {each["path"] for each in probes} <= public
    assert {each["port"] for each in probes} == {port["name"] for port in container["ports"]}


def test_every_mounted_volume_is_there() -> None:
    spec = of_kind("StatefulSet")["spec"]
    pod = spec["template"]["spec"]
    defined = {each["name"] for each in pod["volumes"]} | {
        each["metadata"]["name"] for each in spec["volumeClaimTemplates"]
    }
    mounted = {mount["name"] for each in pod["containers"] + pod["initContainers"] for mount in each["volumeMounts"]}
    assert mounted == defined
