"""A relative path stays as the document has it; where it leads is said beside it."""

from pathlib import Path

import pytest

from tests.integration_daemon.rest.platforms import daemon_document, served


async def test_the_log_and_a_failure_say_where_a_relative_path_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    document = daemon_document("exchangeDL01", tmp_path)
    connectors = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    connectors[0]["connection"]["endpoint"]["address"] = "data/nowhere"
    connectors[1]["connection"]["endpoint"]["address"] = "landing 1"
    async with served(tmp_path, document) as platform:
        missing, _ = (await platform.get("/api/v1/connectors"))["connectors"]
        records = (await platform.get("/api/v1/servers/exchangeDL01/audit-log?limit=1000"))["records"]

    message = missing["failure"]["message"]
    assert message.startswith(
        "BASIC-FILES-INTEGRATION-CONNECTORS-404-001 The directory named data/nowhere in the Connection object "
    )
    assert message.endswith(f" ({tmp_path}/data/nowhere) does not exist")
    texts = {each["record"]["messageId"]: each["record"]["messageText"] for each in records}
    assert f"data/nowhere ({tmp_path}/data/nowhere)" in texts["BASIC-FILES-INTEGRATION-CONNECTORS-0002"]
    started = [each["record"]["messageText"] for each in records if each["record"]["messageId"].endswith("TORS-0001")]
    assert any(f"works on directory landing 1 ({tmp_path}/landing 1) with" in text for text in started)
