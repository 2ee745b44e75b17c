"""`check` and `init`: configuration documents."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import trio
from cyclopts import Parameter
from rich.text import Text

from audit.counted import counted
from audit.stray_errors import show_without_texts
from integration_daemon.cli.failure import fail
from integration_daemon.cli.interrupt import end_on_interrupt
from integration_daemon.cli.show import plain, print_json, print_table
from integration_daemon.cli.table import Column
from integration_daemon.client.local import data_directory
from integration_daemon.config.check import check_raw, located, notes
from integration_daemon.config.formats import format_of
from integration_daemon.config.load import convert, decode_content, read_file
from integration_daemon.config.placeholders import VariableFile, replaced
from integration_daemon.config.platform_file import (
    PlatformFile,
    check_platform_file,
    default_platform_file,
    is_platform_file,
    load_platform_file,
)
from integration_daemon.config.problem import Problem, ProblemSeverity
from integration_daemon.config.quick_start import LANDING_AREA, STARTER
from integration_daemon.platform.connections import ProbeResult, probe_connections
from services.secret_sources.access import bounds, grant

_TRIES = (
    Column("connection"),
    Column(""),
    Column("result", wraps=True),
    Column("user action", wraps=True),
)
DOCUMENT = "integration-daemon.yaml"


def check(
    document: Path,
    *,
    connect: Annotated[bool, Parameter(help="Also try each connection, and show the result.", negative="")] = False,
    ca_bundle: Annotated[Path | None, Parameter(help="Certificates to trust for metadata servers.")] = None,
    platform_file: Annotated[
        Path | None,
        Parameter(help="The platform file; default: platform.yaml next to the data directory, if it exists."),
    ] = None,
    json: Annotated[
        bool, Parameter(help="For programs: an array of problems, or of tried connections.", negative="")
    ] = False,
) -> int:
    """Validate a configuration document or a platform file, and list every problem with its line and place.

    Exit status 1 if there is an error.
    """
    end_on_interrupt()
    show_without_texts()
    content, form = read_file(document), format_of(document.suffix)
    raw = decode_content(content, form, str(document))
    if is_platform_file(document, raw):
        found = located(check_platform_file(raw), content, form)
        _print_problems(document, found, as_json=json)
        return 1 if found else 0
    file = _platform_file(document, platform_file)
    allowance = file.allowance()
    raw, unset = replaced(raw, VariableFile(data_directory()).load())
    problems = [*unset, *check_raw(raw, allowance)]
    is_usable = not any(problem.is_error for problem in problems)
    known = [*problems, *(notes(convert(raw, str(document)), allowance) if is_usable else ())]
    tried = None
    if connect and is_usable:
        tried = trio.run(probe_connections, convert(raw, str(document)), ca_bundle, file)
    if tried is None or not json:
        _print_problems(document, located(known, content, form), as_json=json)
    if tried is not None:
        _print_probes(tried, as_json=json)
    return 0 if is_usable and not any(each.problem for each in tried or ()) else 1


def _platform_file(document: Path, platform_file: Path | None) -> PlatformFile:
    """The platform file for a document; also permits the document's secrets to be read as the platform would."""
    place = platform_file or default_platform_file(data_directory())
    file = load_platform_file(place, is_named=platform_file is not None)
    directories, variables = file.secret_directories, file.secret_variables
    grant(bounds(data_directory(), [document], directories=directories, variables=variables))
    return file


def _print_problems(document: Path, problems: Sequence[Problem], *, as_json: bool) -> None:
    if as_json:
        print_json(problems)
        return
    for problem in problems:
        print(plain(problem.shown(document)))
    counts = Counter(problem.severity for problem in problems)
    summary = ", ".join(
        counted(count, severity.value)
        for severity in (ProblemSeverity.ERROR, ProblemSeverity.WARNING)
        if (count := counts[severity])
    )
    print(plain(f"{document}: {summary or 'no problems'}"))


def _print_probes(tried: Sequence[ProbeResult], *, as_json: bool) -> None:
    if as_json:
        print_json(tried)
    else:
        rows = [(each.name, _outcome(each), each.seen or each.problem, each.user_action) for each in tried]
        print_table(_TRIES, rows)


def _outcome(tried: ProbeResult) -> Text:
    return Text(tried.failure_kind, style="bold red") if tried.problem else Text("ok", style="green")


def init(directory: Path = Path()) -> None:
    """Write a starter document with comments, and the directories that it names."""
    document = directory / DOCUMENT
    if document.exists():
        fail(f"{document} exists already; nothing was written")
    try:
        (directory / LANDING_AREA).mkdir(parents=True, exist_ok=True)
        document.write_text(STARTER.replace("{document}", DOCUMENT), encoding="utf-8")
    except OSError as error:
        fail(f"{document} cannot be written: {error.strerror}")
    print(f"wrote {document} and {directory / LANDING_AREA}; now: integration-daemon run {DOCUMENT}")
