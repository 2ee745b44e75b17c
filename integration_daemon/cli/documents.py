"""`check` and `init`: configuration documents."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import trio
from cyclopts import Parameter
from rich.text import Text

from integration_daemon.cli.failure import fail
from integration_daemon.cli.show import plain, print_json, print_table
from integration_daemon.cli.table import Column
from integration_daemon.config.check import Problem, check_raw
from integration_daemon.config.load import convert, read_document
from integration_daemon.config.quick_start import LANDING_AREA, STARTER
from integration_daemon.platform.connections import Tried, try_connections

_TRIES = (
    Column("connection"),
    Column(""),
    Column("what was seen", wraps=True),
    Column("what to do", wraps=True),
)
DOCUMENT = "integration-daemon.yaml"


def check(
    document: Path,
    *,
    connect: Annotated[
        bool, Parameter(help="Try each connection as well, and say what could be seen.", negative="")
    ] = False,
    ca_bundle: Annotated[Path | None, Parameter(help="Certificates to trust for metadata servers.")] = None,
    json: Annotated[
        bool, Parameter(help="For programs: an array of problems, or of what was tried.", negative="")
    ] = False,
) -> int:
    """Validate a configuration document: every problem with its place. Exit status 1 if there is any."""
    raw = read_document(document)
    problems = check_raw(raw)
    tries = connect and not any(problem.is_error for problem in problems)
    tried = trio.run(try_connections, convert(raw, str(document)), ca_bundle) if tries else None
    if json:
        print_json(problems if tried is None else tried)
    else:
        _show(problems)
        if tried is not None:
            rows = [(each.name, _outcome(each), each.seen or each.problem, each.user_action) for each in tried]
            print_table(_TRIES, rows)
        elif not problems:
            print(f"{document}: no problems")
    return 1 if problems or any(each.problem for each in tried or ()) else 0


def _show(problems: Iterable[Problem]) -> None:
    for problem in problems:
        kind = "error" if problem.is_error else "warning"
        hint = f" ({problem.hint})" if problem.hint else ""
        print(plain(f"{kind}: {problem.path}: {problem.text}{hint}"))


def _outcome(tried: Tried) -> Text:
    return Text(tried.failure_kind, style="bold red") if tried.problem else Text("ok", style="green")


def init(directory: Path = Path()) -> None:
    """Write a commented starter document and the folders it names."""
    document = directory / DOCUMENT
    if document.exists():
        fail(f"{document} exists already; nothing was written")
    try:
        (directory / LANDING_AREA).mkdir(parents=True, exist_ok=True)
        document.write_text(STARTER.replace("{document}", DOCUMENT), encoding="utf-8")
    except OSError as error:
        fail(f"{document} cannot be written: {error.strerror}")
    print(f"wrote {document} and {directory / LANDING_AREA}; now: integration-daemon run {DOCUMENT}")
