"""A scan that continues in its own process finds the same as a scan on a thread."""

import os
import signal
from pathlib import Path

import pytest

from services.errors import ThirdPartyUnavailableError
from services.files import scan, tree_scan
from services.files.context import FilesIntegratorContext, folder_source_key
from services.files.mapping import folder_fingerprint
from services.files.scan import Step
from services.files.scan_process import ScanOrder, scanning
from services.files.tree_scan import scan_tree
from services.metadata.sorted_diff import SortedDiff
from tests.children import children
from tests.services.contexts import Surroundings, surroundings

NAMES = ("a", "a.txt", "a0/b", "a/z", "a/é.csv", "a-b/c/d", "a-b/c.d", "\\x41/\\b", "z/\udcff")


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make steps small, so that a small tree has several of them."""
    monkeypatch.setattr(scan, "PUTS_IN_A_STEP", 2)


@pytest.fixture(params=["on a thread", "in a process"])
def anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with scans that stay on their thread, and that leave it after the first step."""
    monkeypatch.setattr(tree_scan, "PATIENCE", 60.0 if request.param == "on a thread" else 0.0)


def make_tree(root: Path) -> None:
    for name in NAMES:
        path = root / name if name != "a" else root / "plain"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name if name.isprintable() else "")


async def scanned(around: Surroundings[FilesIntegratorContext], root: Path) -> list[Step]:
    steps: list[Step] = []

    async with around.context.reconcile_in_order(folder_source_key(str(root))) as catalog:

        async def take(step: Step) -> None:
            steps.append(step)
            if step.puts:
                await catalog.put_changed(step.puts)

        await scan_tree(str(root), catalog, take)
    return steps


@pytest.mark.usefixtures("anywhere")
async def test_source_keys_are_in_order_and_a_second_scan_finds_no_changes(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    make_tree(root)
    async with surroundings(FilesIntegratorContext, tmp_path) as around:
        first = await scanned(around, root)
        source_keys = [put.source_key for step in first for put in step.puts]
        assert source_keys == sorted(source_keys)
        assert len(source_keys) == sum(1 for _ in root.rglob("*")) + 1 == sum(step.seen for step in first)

        second = await scanned(around, root)
        assert [step.puts for step in second if step.puts] == []
        assert sum(step.unchanged for step in second) == sum(step.known for step in second) == len(source_keys)


@pytest.mark.usefixtures("anywhere")
async def test_changed_and_removed_files_are_found(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    make_tree(root)
    async with surroundings(FilesIntegratorContext, tmp_path) as around:
        await scanned(around, root)
        (root / "a-b" / "c.d").write_text("something else")
        (root / "a" / "z").unlink()
        os.rename(root / "plain", root / "zz")
        steps = await scanned(around, root)

        changed = {put.source_key.removeprefix(f"{root}/") for step in steps for put in step.puts}
        assert changed == {"", "a/", "a-b/c.d", "zz"}
        assert [source_key for step in steps for source_key in step.missing] == [f"{root}/a/z", f"{root}/plain"]


async def test_a_killed_scan_process_fails_the_scan_and_removes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    make_tree(root)

    others = children()

    async def page_after(source_key: str) -> dict[str, str]:
        for child in children() - others:
            os.kill(child, signal.SIGKILL)
        return {source_key + "x": ""}

    async with surroundings(FilesIntegratorContext, tmp_path) as around:
        await scanned(around, root)
        before = await around.names()
        with pytest.RaisesGroup(pytest.RaisesExc(ThirdPartyUnavailableError, match="ended before it had finished")):
            async with (
                around.context.reconcile_in_order(folder_source_key(str(root))),
                scanning(ScanOrder(str(root)), page_after) as next_step,
            ):
                await next_step()
        assert await around.names() == before


async def test_the_scan_process_reports_a_missing_root(tmp_path: Path) -> None:
    async def page_after(source_key: str) -> dict[str, str]:
        return {}

    with pytest.RaisesGroup(FileNotFoundError):
        async with scanning(ScanOrder(str(tmp_path / "nowhere")), page_after) as next_step:
            await next_step()


def scan_beside(root: Path, held: dict[str, str]) -> list[Step]:
    """Scan a tree against a catalogue with these elements."""
    comparison = SortedDiff(
        lambda after: {source_key: held[source_key] for source_key in sorted(held) if source_key > after}
    )
    return list(scan.scan(str(root), comparison))


def test_an_unmounted_folder_counts_as_unreadable(tmp_path: Path) -> None:
    (tmp_path / "mnt").mkdir()
    mounted = folder_fingerprint((tmp_path / "mnt").stat(), is_mount=True)
    held = {f"{tmp_path}/mnt/": mounted, f"{tmp_path}/mnt/file": "f", f"{tmp_path}/other": "f"}
    (step,) = scan_beside(tmp_path, held)
    assert step.missing == [f"{tmp_path}/other"]
    assert [(each.source_key, each.cause) for each in step.unreadable] == [
        (f"{tmp_path}/mnt/", "its file system is no longer mounted")
    ]

    (tmp_path / "mnt" / "new").touch()  # the folder is in use without the mount
    steps = scan_beside(tmp_path, held)
    assert [source_key for step in steps for source_key in step.missing] == [
        f"{tmp_path}/mnt/file",
        f"{tmp_path}/other",
    ]
    assert [step.unreadable for step in steps if step.unreadable] == []
