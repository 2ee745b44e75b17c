"""Watches the data directory, which may be removed or replaced by a backup while the daemon runs."""

import sys

import trio

from audit.message import AuditMessage
from integration_daemon.platform import messages
from integration_daemon.platform.data_directory import HeldDirectory
from integration_daemon.platform.platform import Platform

INTERVAL = 2.0
"""Seconds between two checks."""


async def watch_directory(held: HeldDirectory, platform: Platform) -> None:
    """Report changes of the directory to the platform, its audit logs and standard error, until cancelled."""
    while True:
        await trio.sleep(INTERVAL)
        problem = await trio.to_thread.run_sync(held.problem, abandon_on_cancel=True)
        if bool(problem) != bool(platform.directory_problem):
            _report(messages.DATA_DIRECTORY_LOST if problem else messages.DATA_DIRECTORY_BACK, held, platform, problem)
        platform.directory_problem = problem


def _report(message: AuditMessage, held: HeldDirectory, platform: Platform, problem: str) -> None:
    inserts = {"directory": held.path.absolute(), "problem": problem}
    sys.stderr.write(f"integration-daemon: {message.id} {message.render(inserts)}. {message.user_action}\n")
    for server in platform.servers.values():
        if server.audit_log is not None:
            server.audit_log.record(message, **inserts)
