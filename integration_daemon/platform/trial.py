"""Changes on trial: a change is rolled back automatically if its connectors have failed at the end of a period."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import trio

from audit.safe_text import safe_text
from integration_daemon.platform import messages
from integration_daemon.platform.server import Server, Trial
from integration_daemon.supervision.connector.state import ConnectorState

NAMED = 5
"""The largest number of failed connectors that the audit log names."""


async def begin_trial(
    server: Server,
    versions: tuple[int, int],
    connectors: Sequence[str],
    seconds: float,
    roll_back: Callable[[Server, Trial, str], Awaitable[bool]],
    *,
    task_status: trio.TaskStatus[Trial] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Wait for some seconds, and then roll the second version back to the first if one of these connectors has failed.

    `roll_back` returns false if the document was changed again in the meantime, which ends the trial.
    """
    trial = Trial(
        version=versions[1],
        previous=versions[0],
        ends=datetime.now(UTC) + timedelta(seconds=seconds),
    )
    server.trial = trial
    task_status.started(trial)
    try:
        with trio.move_on_after(seconds):
            await server.ended.wait()
        if not server.ended.is_set():
            await _finish(server, trial, connectors, roll_back)
    finally:
        if server.trial is trial:
            server.trial = None


async def _finish(
    server: Server, trial: Trial, connectors: Sequence[str], roll_back: Callable[[Server, Trial, str], Awaitable[bool]]
) -> None:
    assert server.audit_log is not None
    assert server.daemon is not None
    inserts = {"server": server.name, "version": trial.version, "previous": trial.previous}
    changed = set(connectors)
    failed = [
        each.name
        for each in server.daemon.connectors
        if each.state is ConnectorState.FAILED and (each.name in changed or each.target_of in changed)
    ]
    if not failed:
        server.audit_log.record(messages.TRIAL_PASSED, **inserts)
        return
    named = ", ".join(failed[:NAMED]) + (f" and {len(failed) - NAMED} more" if len(failed) > NAMED else "")
    try:
        is_done = await roll_back(server, trial, named)
    except Exception as error:  # the server continues with the change
        server.audit_log.record(messages.DOCUMENT_NOT_TAKEN_OVER, server=server.name, message=safe_text(error))
        return
    message = messages.TRIAL_FAILED if is_done else messages.TRIAL_OVERTAKEN
    server.audit_log.record(message, connectors=named, **inserts)
