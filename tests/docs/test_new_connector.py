"""`connectors new`: the package that it writes installs, passes its own tests, and is what our own checks accept."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.registry import registered_services
from services.testing import ConnectorConformance
from tests.docs.test_example_connector import ran
from tests.end_to_end.program import command


def test_a_new_connector_passes_its_own_tests_and_is_offered(tmp_path: Path) -> None:
    package, installed = tmp_path / "ward-list", tmp_path / "installed"
    assert command("connectors", "new", "ward-list", cwd=tmp_path).returncode == 0
    install = ("pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(installed))
    ran(*install, "--no-index", "--no-deps", "--no-build-isolation", str(package), cwd=tmp_path, python_path=installed)
    plugins = ("-p", "no:cacheprovider", "-p", "no:trio", "-p", "no:timeout")
    told = ran("pytest", "-q", *plugins, "--rootdir", ".", str(package), cwd=tmp_path, python_path=installed)
    inherited = sum(name.startswith("test_") for name in dir(ConnectorConformance))
    assert f"{inherited + 1} passed" in told
    assert "ward-list" in ran("integration_daemon", "connectors", cwd=tmp_path, python_path=installed)


@pytest.mark.parametrize("service", [each.url_marker for each in registered_services()])
def test_a_new_connector_of_each_service_is_clean(tmp_path: Path, service: str) -> None:
    assert command("connectors", "new", "ward-list", "--service", service, cwd=tmp_path).returncode == 0
    configuration = Path(__file__).parents[2] / "pyproject.toml"
    for check in (["check", "--ignore", "I,INP,D,ANN,S"], ["format", "--check"]):
        arguments = [sys.executable, "-m", "ruff", *check, "--no-cache", "--config", str(configuration), "."]
        done = subprocess.run(arguments, cwd=tmp_path / "ward-list", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    compile((tmp_path / "ward-list" / "ward_list.py").read_text(), "ward_list.py", "exec")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Ward", "use lower-case letters"),
        ("../ward", "use lower-case letters"),
        ("json", "a name of Python itself"),
        ("data-files-monitor", "there is a connector data-files-monitor already"),
        ("there", "there is a there already"),
        ("integration-daemon", "there is a Python module integration_daemon already"),
        ("trio", "there is a Python module trio already"),
        ("test-ward", "pytest would take the module test_ward for tests"),
        ("a" * 65, "at most 64"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "there").mkdir()
    done = command("connectors", "new", name, cwd=tmp_path)
    assert (done.returncode != 0, problem in done.stderr) == (True, True)
    assert [each.name for each in tmp_path.iterdir()] == ["there"]
