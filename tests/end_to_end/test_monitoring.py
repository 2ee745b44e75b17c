"""Metrics as Prometheus reads them, and the alert rules and the dashboard that use them."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.end_to_end.examples import ROOT, rows_of
from tests.end_to_end.program import running
from tests.end_to_end.test_reload import document

MONITORING = ROOT / "docs" / "monitoring"
PAGE = ROOT / "docs" / "monitor.md"
GRAFANA_VARIABLES = {"$instance": ".*", "$server": ".*", "$__rate_interval": "5m"}


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The metrics of a daemon with a good connector and one whose directory does not exist."""
    directory = tmp_path_factory.mktemp("monitored")
    (directory / "good").mkdir()
    (directory / "good" / "wards.csv").write_text("a,b")
    (directory / "daemon.json").write_text(document("good", "bad"))
    with running(directory, "daemon.json") as program:
        program.command("refresh")
        program.command("restart", "good")
        for _ in range(30):
            text = program.text_of("/metrics")
            if 'condition="HEALTHY"' in text:
                break
            program.get("/api/v1/servers/exchangeDL01/audit-log?after=1000000&waitSeconds=1")
        assert program.status_of("/metrics", Authorization="Bearer no-such-token") == 401
    return text


def promtool(*arguments: str, text: str = "") -> str:
    """The output of a command of promtool, which must succeed."""
    done = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True, cwd=MONITORING)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def names_in(text: str) -> set[str]:
    """The metrics of this program that a text names, without the suffixes of histograms."""
    found = set(re.findall(r"integration_daemon_\w+", text))
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in found}


def test_prometheus_accepts_the_metrics(metrics: str) -> None:
    assert promtool("check", "metrics", text=metrics) == ""


def test_the_metrics_tell_what_the_connectors_do(metrics: str) -> None:
    lines = metrics.splitlines()
    (healthy,) = [line for line in lines if line.startswith("integration_daemon_connectors") and "HEALTHY" in line]
    assert 'state="WAITING"' in healthy
    assert healthy.endswith(" 1.0")
    (failed,) = [line for line in lines if line.startswith("integration_daemon_failed_connectors{")]
    assert 'kind="CONFIGURATION"' in failed
    assert [line.endswith(" 1.0") for line in lines if 'by="operator"' in line] == [True]
    assert not [line for line in lines if 'change="created"' in line and line.endswith(" 0.0")]
    assert "good" not in metrics  # no label names a connector


def test_the_page_lists_every_metric_with_its_labels(metrics: str) -> None:
    listed = {name: labels for name, labels, _ in rows_of(PAGE, "Metric")}
    assert set(listed) == names_in(metrics)
    for name, labels in listed.items():
        wanted = set(filter(None, labels.split(", ")))
        for shown in re.findall(rf"^{name}(?:_count)?{{(.*)}} ", metrics, re.MULTILINE):
            assert set(re.findall(r'(\w+)="', shown)) - {"server"} == wanted - {"without server"}, name


def test_the_alert_rules_fire_when_they_should(metrics: str) -> None:
    promtool("test", "rules", "alerts-test.yaml")
    assert names_in((MONITORING / "alerts.yaml").read_text()) <= names_in(metrics)


def test_every_alert_rule_is_tested() -> None:
    rules = msgspec.yaml.decode((MONITORING / "alerts.yaml").read_bytes())["groups"][0]["rules"]
    tests = (MONITORING / "alerts-test.yaml").read_text()
    assert [rule["alert"] for rule in rules if rule["alert"] not in tests] == []
    assert all(set(rule["annotations"]) == {"summary", "action"} for rule in rules)


def test_the_queries_of_the_dashboard_are_valid_and_use_existing_metrics(metrics: str, tmp_path: Path) -> None:
    board: dict[str, Any] = json.loads((MONITORING / "dashboard.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert names_in(" ".join(queries)) <= names_in(metrics)
    rules = []
    for number, query in enumerate(queries):
        for variable, value in GRAFANA_VARIABLES.items():
            query = query.replace(variable, value)
        assert "$" not in query
        rules.append({"record": f"query:{number}", "expr": query})
    (tmp_path / "queries.json").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(queries)} rules found" in promtool("check", "rules", str(tmp_path / "queries.json"))
    boxes = [panel["gridPos"] for panel in board["panels"]]
    assert all(box["x"] + box["w"] <= 24 for box in boxes)
    assert len({(box["x"], box["y"]) for box in boxes}) == len(boxes)
