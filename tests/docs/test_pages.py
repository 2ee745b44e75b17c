"""The handwritten pages: their examples work, and their links are not broken."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from integration_daemon.cli.main import app
from integration_daemon.config.check import check_raw
from integration_daemon.config.platform_file import check_platform_file, is_platform_file
from services.security_connectors.coco_pharmaceuticals import UsersAndZones

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """The code blocks of a language, with the names of their pages, except files, which another test runs."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(rf"(?<!-->\n)^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            yield page.name, block


COMMANDS = [
    (page, line.removeprefix("$ "))
    for page, block in blocks("console")
    for line in block.splitlines()
    if re.match(r"\$ (\.venv/bin/)?integration-daemon ", line)
]


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_every_command_on_a_page_is_valid(page: str, command: str) -> None:
    _, *arguments = shlex.split(command)
    app.parse_args(arguments, exit_on_error=False, print_error=False)


def test_the_pages_contain_commands() -> None:
    assert len(COMMANDS) > 20


@pytest.mark.parametrize(("page", "text"), list(blocks("yaml")))
def test_every_document_on_a_page_has_no_problems(page: str, text: str) -> None:
    content = msgspec.yaml.decode(text.encode())
    if is_platform_file(Path(page), content):
        assert check_platform_file(content) == []
    elif "users" in content:
        msgspec.convert(content, UsersAndZones)
    else:
        assert check_raw(_whole(content)) == []


def _whole(content: Any) -> dict[str, Any]:
    """Complete a part of a document to a whole document."""
    if isinstance(content, list):
        content = {"integrationServicesConfig": content}
    return {"localServerName": "example", **content}


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_of_the_top_level_files_lead_to_files(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text(encoding="utf-8")):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def build(source: Path, output: Path) -> subprocess.CompletedProcess[str]:
    """Build the documentation as `make docs` does, which reports all warnings and then fails."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    options = re.search(r"-m sphinx (.*?) \\?\n", makefile)
    assert options is not None
    command = [sys.executable, "-m", "sphinx", *options[1].split(), str(source), str(output)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_broken_links_fail_the_build(tmp_path: Path) -> None:
    links = ["[](no-such-page.md)", "[here](start.md#no-such-heading)", "[here](#nowhere)"]
    source = tmp_path / "docs"
    source.mkdir()
    shutil.copy(ROOT / "docs" / "conf.py", source)
    shutil.copy(ROOT / "docs" / "start.md", source)
    (source / "index.md").write_text(f"# Index\n\n```{{toctree}}\nstart\n```\n\n{' '.join(links)}\n", encoding="utf-8")
    result = build(source, tmp_path / "output")
    assert result.returncode != 0
    for target in ("no-such-page", "no-such-heading", "nowhere"):
        assert re.search(rf"index\.md:\d+: WARNING: .*{target}", result.stderr), result.stderr
