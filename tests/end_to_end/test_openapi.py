"""The OpenAPI document describes what the program answers: schemathesis sends requests to every route."""

import json
from collections.abc import Iterator
from typing import Any

import openapi_spec_validator
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from integration_daemon.rest.app import ROUTES
from integration_daemon.security.permissions import Permission
from tests.end_to_end.program import Running, running

EXAMPLES = 1
"""Requests to each path and method. `make fuzz` and this number find more."""
ENDS_THE_PLATFORM = "/server-platform/instance"
ENDLESS = "/events"
"""The live stream, whose answers do not end."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The quick start, which serves everybody."""
    with running(tmp_path_factory.mktemp("described"), "--authentication", "none") as program:
        yield program


@pytest.fixture(scope="module")
def document(program: Running) -> dict[str, Any]:
    """The OpenAPI document."""
    document: dict[str, Any] = program.get("/api/v1/openapi.json")
    return document


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    openapi_spec_validator.validate(document)


def test_every_route_is_in_the_document_with_its_permission(document: dict[str, Any]) -> None:
    described = {
        (path, method.upper()): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert set(described) == {(path, method) for route in ROUTES for path in route.paths for method in route.methods}
    permissions = {each.value for each in Permission}
    for (path, method), operation in described.items():
        assert operation["x-permission"] in permissions, path
        assert ("security" in operation) == (operation["x-permission"] == "PUBLIC"), path
        assert operation["summary"], f"{method} {path}"
    assert len({operation["operationId"] for operation in described.values()}) == len(described)


def test_a_connector_is_described_by_its_schema(program: Running, document: dict[str, Any]) -> None:
    shown = program.get("/api/v1/connectors")["connectors"][0]
    properties = document["components"]["schemas"]["ConnectorSummary"]["properties"]
    assert set(shown) <= set(properties)
    assert json.dumps(properties["condition"]) == json.dumps({"$ref": "#/components/schemas/Condition"})


def test_every_answer_is_as_the_document_says(program: Running) -> None:
    schema = schemathesis.openapi.from_url(program.url + "/api/v1/openapi.json")
    found = list(schema.get_all_operations())
    operations = [each.ok() for each in found if isinstance(each, Ok)]
    assert len(operations) == len(found)
    left_out = [each for each in operations if each.path.endswith((ENDS_THE_PLATFORM, ENDLESS))]
    assert len(left_out) < 20
    walked = sorted((each for each in operations if each not in left_out), key=lambda each: each.method == "delete")
    for operation in walked:
        _walk(operation)
    assert len(walked) > 600
    assert program.status_of("/livez") == 200


def _walk(operation: Any) -> None:
    is_offered = any(status.startswith(("2", "3")) for status in operation.definition.raw["responses"])
    checks = CHECKS if is_offered else [each for each in CHECKS if each is not not_a_server_error]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        case.call_and_validate(checks=checks, timeout=60)

    send()
