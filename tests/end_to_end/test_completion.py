"""`completion`: real shells complete commands, options and values by the scripts that it prints."""

import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.program import command

ASKED = {
    "bash": """
        source ./script
        COMP_WORDS=({words} "{begun}"); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _integration_daemon; printf '%s\n' "${{COMPREPLY[@]}}" """,
    "fish": """source ./script; complete --do-complete "{words} {begun}" """,
}


@pytest.mark.parametrize("shell", ["bash", "fish"])
@pytest.mark.parametrize(
    ("words", "begun", "expected"),
    [
        ("integration-daemon", "sta", "status"),
        ("integration-daemon config", "res", "restore"),
        ("integration-daemon operations", "can", "cancel"),
        ("integration-daemon status", "--cond", "--condition"),
        ("integration-daemon run --authentication", "no", "none"),
    ],
)
def test_a_shell_completes_what_is_begun(tmp_path: Path, shell: str, words: str, begun: str, expected: str) -> None:
    (tmp_path / "script").write_text(command("completion", shell).stdout)
    asked = ASKED[shell].format(words=words, begun=begun)
    done = subprocess.run([shell, "-c", asked], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert expected in [line.split("\t")[0] for line in done.stdout.splitlines()], done.stderr


def test_zsh_understands_its_script(tmp_path: Path) -> None:
    (tmp_path / "_integration-daemon").write_text(command("completion", "zsh").stdout)
    loaded = "fpath=($PWD $fpath); autoload -Uz compinit; compinit -D -u; autoload +X _integration-daemon"
    loaded += "; print $_comps[integration-daemon]"
    done = subprocess.run(["zsh", "-fc", loaded], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout.strip(), done.stderr) == ("_integration-daemon", "")
