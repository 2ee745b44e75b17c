"""`audit-log`: records of the audit log of a running daemon, and explanations of its messages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators
from msgspec.structs import replace

from audit import chain
from audit.catalogue import messages_in
from audit.chained_files import by_log, lines_of
from audit.counted import counted
from audit.record import AuditRecord
from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.failure import fail, wrong_usage
from integration_daemon.cli.show import plain, print_json, print_json_lines
from integration_daemon.client import AuditLogQuery, ServerClient
from services.registry import registered_services

_WAIT = 15
"""Seconds that one request of a follower waits for new records."""


async def audit_log(
    *,
    severity: Annotated[str | None, Parameter(help="Only these severities, separated by commas.")] = None,
    connector: Annotated[str | None, Parameter(help="Only records that name this connector.")] = None,
    message_id: Annotated[str | None, Parameter(help="Only records of this message.")] = None,
    since: Annotated[
        datetime | None, Parameter(help="Only records from this time on, such as 2026-11-26T09:00.")
    ] = None,
    until: Annotated[datetime | None, Parameter(help="Only records before this time.")] = None,
    limit: Annotated[
        int, Parameter(help="Maximum number of records; the newest are shown.", validator=validators.Number(gte=1))
    ] = 100,
    follow: Annotated[bool, Parameter(help="Show new records until interrupted.", negative="")] = False,
    explain: Annotated[str | None, Parameter(help="Explain the message with this id, and the user action.")] = None,
    verify: Annotated[
        list[Path] | None,
        Parameter(
            help="Verify the hashes of files of JSON lines (tamperEvident): the files of a log together.",
            consume_multiple=True,
            negative="",
        ),
    ] = None,
    json: Annotated[
        bool, Parameter(help="For programs: an array of records; with --follow, one record per line.", negative="")
    ] = False,
    target: Target | None = None,
) -> None:
    """Read or follow the audit log of a running daemon."""
    if explain is not None:
        _explain(explain)
        return
    if verify is not None:
        _verify(verify)
        return
    query = AuditLogQuery(
        severity=severity or "",
        connector=connector,
        message_id=message_id,
        limit=limit,
        since=since and since.astimezone(),
        until=until and until.astimezone(),
    )
    async with daemon_of(target) as daemon:
        await _read(daemon, query, follow=follow, json=json)


async def _read(daemon: ServerClient, query: AuditLogQuery, *, follow: bool, json: bool) -> None:
    newest = (await daemon.audit_log(replace(query, newest_first=True))).records
    records = [each.record for each in reversed(newest)]
    if json and not follow:
        print_json(records)
        return
    if not records and not follow:
        print("no records match the options; a running daemon keeps only its newest records")
    show = print_json_lines if json else _show
    show(records)
    last = newest[0].number if newest else 0
    while follow:
        answer = await daemon.audit_log(replace(query, after=last, wait_seconds=_WAIT))
        show([each.record for each in answer.records])
        last = answer.last_number


def _show(records: list[AuditRecord]) -> None:
    for record in records:
        at = datetime.fromtimestamp(record.time_stamp / 1000, UTC).astimezone()
        text = f"{at:%Y-%m-%d %H:%M:%S} {record.severity} {record.message_id} {record.message_text}"
        print(plain(text), flush=True)


def _verify(paths: Sequence[Path]) -> None:
    """Print the result for each log; ends the command at the first log that was changed."""
    if not paths:
        wrong_usage("--verify needs the files of a log, such as --verify data/servers/NAME/logs/*.jsonl*")
    for files in by_log(paths):
        try:
            found = chain.verify(lines_of(files))
        except OSError as error:
            fail(f"{error.filename or files[0]} cannot be read: {error.strerror}")
        if found.broken is not None:
            before = f"verified before it: {counted(found.chained, 'record')}"
            fail(f"{found.broken.place}: {found.broken.reason}; {before}")
        if not found.chained:
            fail(f"{files[0]}: no record has a hash; set tamperEvident for this destination")
        verified = f"{counted(found.chained, 'record')} in {counted(len(files), 'file')}"
        print(plain(f"{files[-1]}: OK, {verified}{_particulars(found)}"))
        print(f"  the hash after the last record is {found.last}")


def _particulars(found: chain.Verification) -> str:
    parts = []
    if found.first != chain.BEGINNING:
        parts.append("older records are not in these files")
    if found.unprotected:
        parts.append(f"{counted(found.unprotected, 'line')} without a hash before them")
    if found.incomplete:
        parts.append(
            f"{counted(found.incomplete, 'line')} without a hash among them, covered by the hash of the next line"
        )
    if found.uncovered:
        parts.append(f"{counted(found.uncovered, 'line')} without a hash at the end, not verified")
    return "".join(f"; {part}" for part in parts)


def _explain(message_id: str) -> None:
    known = messages_in("audit", "services", "integration_daemon")
    known |= {message.id: message for service in registered_services() for message in service.messages}
    message = known.get(message_id) or known.get(message_id.upper())
    if message is None:
        near = [each for each in known if message_id.upper() in each]
        hint = f"similar messages: {', '.join(near)}" if near else "check its spelling"
        fail(f"there is no message {message_id}; {hint}")
    print(f"{message.id}\n  message:       {message.text}")
    print(f"  system action: {message.system_action}\n  user action:   {message.user_action}")
