"""What every test shares."""

import pytest


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a failed run: what is not tested here is not known to work."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
