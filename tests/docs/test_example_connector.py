"""The example connector of the documentation: its package installs, passes its tests, and is offered."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from services.testing import ConnectorConformance

EXAMPLE = Path(__file__).parents[2] / "docs" / "example-connector"


def ran(*arguments: str, cwd: Path, python_path: Path) -> str:
    """Run a Python module, which must succeed, and return its output."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(python_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_connector_installs_passes_its_tests_and_is_offered(tmp_path: Path) -> None:
    package, installed, tests = tmp_path / "package", tmp_path / "installed", tmp_path / "tests"
    shutil.copytree(EXAMPLE, package, ignore=shutil.ignore_patterns("__pycache__"))
    install = ("pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(installed))
    offline = ("--no-index", "--no-deps", "--no-build-isolation")
    ran(*install, *offline, str(package), cwd=tmp_path, python_path=installed)
    tests.mkdir()
    shutil.copy(EXAMPLE / "test_term_list_monitor.py", tests)
    without_plugins = ("-p", "no:cacheprovider", "-p", "no:trio", "-p", "no:timeout")
    told = ran("pytest", "-q", *without_plugins, "--rootdir", ".", ".", cwd=tests, python_path=installed)
    inherited = sum(name.startswith("test_") for name in dir(ConnectorConformance))
    assert f"{inherited + 1} passed" in told
    offered = ran("integration_daemon", "connectors", cwd=tests, python_path=installed)
    assert "term-list-monitor" in offered
