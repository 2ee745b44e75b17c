"""`check` and `init`: configuration documents."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from integration_daemon.cli.failure import fail
from integration_daemon.cli.show import plain, print_json
from integration_daemon.config.check import check_raw
from integration_daemon.config.load import read_document
from integration_daemon.config.quick_start import LANDING_AREA, STARTER

DOCUMENT = "integration-daemon.yaml"


def check(
    document: Path,
    *,
    json: Annotated[bool, Parameter(help="For programs: an array of problems.", negative="")] = False,
) -> int:
    """Validate a configuration document: every problem with its place. Exit status 1 if there is any."""
    problems = check_raw(read_document(document))
    if json:
        print_json(problems)
        return 1 if problems else 0
    for problem in problems:
        kind = "error" if problem.is_error else "warning"
        hint = f" ({problem.hint})" if problem.hint else ""
        print(plain(f"{kind}: {problem.path}: {problem.text}{hint}"))
    if not problems:
        print(f"{document}: no problems")
    return 1 if problems else 0


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
