"""Any mutated document is used or refused with an error message, without delay."""

import json
from pathlib import Path

import pytest

from audit.errors import DescribedError
from integration_daemon.cli.documents import check
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import encode_for_store, for_showing
from integration_daemon.config.load import decode_document, load_document
from tests.faults.document_mutations import Mutant, mutants
from tests.faults.fuzzing import PATIENCE, how_many, seed
from tests.integration_daemon.rest.platforms import served

STARTED = 40
"""One in so many of those that can be used is, too."""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "landing-area").mkdir()


def outcome(mutant: Mutant, capsys: pytest.CaptureFixture[str]) -> OMAGServerConfig | None:
    """The document, or `None` if it is refused; any exception but our errors is raised."""
    path = Path(f"document{mutant.ending}")
    path.write_bytes(mutant.content)
    try:
        status = check(path)
        assert status in (0, 1)
        check(path, json=True)
    except DescribedError:
        status = 1
    capsys.readouterr()
    if mutant.ending == ".json":
        try:
            decode_document(mutant.content)
        except DescribedError:
            assert status == 1
    try:
        config = load_document(path)
    except DescribedError:
        assert status == 1
        return None
    assert json.dumps(for_showing(config))
    assert repr(config)
    stored = encode_for_store(config)
    assert decode_document(stored) == config
    return config if status == 0 else None


@pytest.mark.timeout(PATIENCE)
def test_a_mutated_document_is_used_or_refused_with_an_error_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    count, usable = how_many(1_000), 0
    for number, mutant in enumerate(mutants(seed(), count)):
        try:
            usable += outcome(mutant, capsys) is not None
        except Exception as error:
            error.add_note(f"mutant {number} of seed {seed()}: {mutant.ending} {mutant.content[:5_000]!r}")
            raise
    assert 0 < usable < count  # otherwise the test would cover only one of the two cases


@pytest.mark.timeout(PATIENCE)
async def test_a_usable_mutated_document_can_be_run_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = how_many(1_000) // STARTED
    async with served(tmp_path) as platform:
        for number, mutant in enumerate(mutants(seed() + 1, count * 4)):
            config = outcome(mutant, capsys)
            if config is None:
                continue
            name = config.local_server_name
            try:
                await platform.platform.start_server(config)
            except DescribedError:
                continue
            try:
                for path in (f"/api/v1/servers/{name}/connectors", f"/api/v1/servers/{name}/audit-log?limit=1000"):
                    answer = await platform.http.get(platform.url + path)
                    assert answer.status_code < 500, (number, mutant, answer.text)
            finally:
                await platform.platform.stop_server(name)
                await platform.platform.forget_server(name)
