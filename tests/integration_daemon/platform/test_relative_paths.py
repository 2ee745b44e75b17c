"""A relative path is kept as in the document, and its absolute path is shown beside it."""

from pathlib import Path

import pytest
import trio

from services.files.messages import BAD_DIRECTORY, CONFIGURED
from tests.integration_daemon.rest.platforms import Served, daemon_document, served


async def records_of(platform: Served) -> dict[str, list[str]]:
    """The texts of the audit log by message id."""
    answer = await platform.get("/api/v1/servers/exchangeDL01/audit-log?limit=1000")
    texts: dict[str, list[str]] = {}
    for each in answer["records"]:
        texts.setdefault(each["record"]["messageId"], []).append(each["record"]["messageText"])
    return texts


async def test_the_log_and_a_failure_say_where_a_relative_path_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    document = daemon_document("exchangeDL01", tmp_path)
    connectors = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    connectors[0]["connection"]["endpoint"]["address"] = "data/nowhere"
    connectors[1]["connection"]["endpoint"]["address"] = "landing 1"
    texts: dict[str, list[str]] = {}
    async with served(tmp_path, document) as platform:
        with trio.fail_after(60):
            while not {CONFIGURED.id, BAD_DIRECTORY.id} <= set(texts):
                await trio.sleep(0.02)  # a separate task renders the records
                texts = await records_of(platform)
        missing, _ = (await platform.get("/api/v1/connectors"))["connectors"]

    message = missing["failure"]["message"]
    assert message.startswith(
        "BASIC-FILES-INTEGRATION-CONNECTORS-404-001 The directory named data/nowhere in the Connection object "
    )
    assert message.endswith(f" ({tmp_path}/data/nowhere) does not exist")
    assert any(f"data/nowhere ({tmp_path}/data/nowhere)" in text for text in texts[BAD_DIRECTORY.id])
    assert any(f"works on directory landing 1 ({tmp_path}/landing 1) with" in text for text in texts[CONFIGURED.id])
