"""The data directory: only one daemon and one user can use it, and its removal is noticed."""

import os
import shutil
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.end_to_end.program import PATIENCE, Running, command, running

STORE = Path("data/servers/quickstart/open-metadata.sqlite")


def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    last = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < last, "it did not happen"
        time.sleep(0.05)


def is_ready(program: Running) -> bool:
    return bool(program.status_of("/readyz") == 200)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_removed_data_directory_is_reported_and_cannot_be_used_by_a_second_daemon(tmp_path: Path) -> None:
    with running(tmp_path) as program:
        assert is_ready(program)
        shutil.move(tmp_path / "data", tmp_path / "elsewhere")

        second = command("run", "--port", "0", cwd=tmp_path)
        assert second.returncode == 1
        assert "The data directory data is in use by another integration daemon" in second.stderr
        assert not (tmp_path / "data").exists()

        until(lambda: not is_ready(program))
        assert program.get("/readyz")["detail"] == "OMAG-PLATFORM-503-002 This platform is not ready"
        assert program.status_of("/livez") == 200
        until(lambda: any("OMAG-PLATFORM-0120" in line for line in program.errors))
        records = program.get("/api/v1/servers/quickstart/audit-log?messageId=OMAG-PLATFORM-0120")["records"]
        assert records[0]["record"]["messageText"].endswith("/data has been removed")
        start = "/open-metadata/platform-services/server-platform/servers/quickstart/instance"
        assert program.post(start)["exceptionErrorMessageId"] == "OMAG-PLATFORM-503-020"

        shutil.move(tmp_path / "elsewhere", tmp_path / "data")
        until(lambda: is_ready(program))


def test_a_refresh_fails_when_the_data_directory_was_removed(tmp_path: Path) -> None:
    with running(tmp_path) as program:
        connector = program.get("/api/v1/connectors")["connectors"][0]["connectorName"]
        shutil.rmtree(tmp_path / "data")
        (tmp_path / "landing-area" / "new.csv").write_text("a,b")
        program.post(f"/api/v1/connectors/{connector}/refresh")
        failures: list[dict[str, Any]] = []

        def has_failed() -> bool:
            failures.extend(filter(None, [program.get("/api/v1/connectors")["connectors"][0].get("failure")]))
            return bool(failures)

        until(has_failed)  # while the restart policy restarts the connector, it has no failure
        assert failures[0]["kind"] == "METADATA_SERVER_UNAVAILABLE"
        assert "it has been removed while it was open" in failures[0]["message"]
        elements = program.get("/api/v1/elements")
        assert elements["messageId"] == "OMRS-REPOSITORY-500-002"


def test_a_replaced_data_directory_is_reported_and_not_read(tmp_path: Path) -> None:
    with running(tmp_path) as program:
        shutil.move(tmp_path / "data", tmp_path / "elsewhere")
        shutil.copytree(tmp_path / "elsewhere", tmp_path / "data")
        until(lambda: not is_ready(program))
        until(lambda: any("has been replaced by another directory" in line for line in program.errors))
        assert program.get("/api/v1/elements")["messageId"] == "OMRS-REPOSITORY-500-002"


def test_only_its_user_can_read_the_data_directory(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        with running(tmp_path):
            pass
        assert_private(tmp_path)
        (tmp_path / "data").chmod(0o750)  # as created by earlier versions
        (tmp_path / "data/servers").chmod(0o755)
        (tmp_path / STORE).chmod(0o644)
        with running(tmp_path):
            assert_private(tmp_path)
    finally:
        os.umask(umask)


def assert_private(tmp_path: Path) -> None:
    assert (mode_of(tmp_path / "data"), mode_of(tmp_path / "data/servers")) == (0o700, 0o700)
    files = list((tmp_path / STORE).parent.glob(STORE.name + "*"))
    assert tmp_path / STORE in files
    assert {path.name: oct(mode_of(path)) for path in files} == {path.name: oct(0o600) for path in files}
