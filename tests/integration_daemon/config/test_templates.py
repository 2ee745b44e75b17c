"""Templates: one block of a document and a list of places make a connector for each place."""

from typing import Any

import pytest

from integration_daemon.config.check import check_document, check_raw, notes
from integration_daemon.config.complete import complete
from integration_daemon.config.document import IntegrationConnectorConfig
from integration_daemon.config.load import convert
from integration_daemon.config.problem import Problem, ProblemSeverity
from integration_daemon.config.units import units_of
from services.allowance import Allowance
from tests.integration_daemon.config.test_documents import CONNECTOR, document

WARNING = ProblemSeverity.WARNING
PLACES = [{"hospital": "oak-dene", "port": 5432}, {"hospital": "old-market", "port": 5433}]


def template(places: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A document with a template of one connector for each place."""
    connection = {
        "connectorType": {"connectorProviderClassName": "data-files-monitor"},
        "endpoint": {"address": "/landing/{hospital}"},
    }
    block = {"connectorName": "Landing {hospital}", "connection": connection, "places": places, **changes}
    return document(service__integrationConnectorConfigs=[block])


def connectors(raw: dict[str, Any]) -> list[IntegrationConnectorConfig]:
    """The connectors that run for a document."""
    services = complete(convert(raw, "it")).integration_services_config or []
    return [unit for each in services[0].integration_connector_configs or [] for unit in units_of(each)]


def problems_of(places: list[dict[str, Any]], **changes: Any) -> list[Problem]:
    return check_raw(template(places, **changes))


def test_the_texts_of_a_connector_have_the_values_of_its_place() -> None:
    connection = {
        "connectorType": {"connectorProviderClassName": "database-monitor"},
        "endpoint": {"address": "postgresql://{hospital}.example.org:{port}/wards"},
        "clearPassword": "env:PASSWORD_{hospital}",
        "securedProperties": {"token": "file:/secrets/{hospital}"},
        "configurationProperties": {
            "port": "{port}",
            "names": ["{hospital}", "*.{csv,tsv}"],
            "both": "{hospital}:{port}",
        },
    }
    target = {"catalogTargetName": "{hospital}-archive", "connection": {"endpoint": {"address": "/archive/{hospital}"}}}
    raw = template(PLACES, connection=connection, labels=["{hospital}"], catalogTargets=[target])
    first, archive, second, _ = connectors(raw)
    assert (first.connector_name, first.labels) == ("Landing oak-dene", ("oak-dene",))
    assert first.connection.address == "postgresql://oak-dene.example.org:5432/wards"
    assert first.connection.configuration_properties == {
        "port": 5432, "names": ["oak-dene", "*.{csv,tsv}"], "both": "oak-dene:5432",
    }  # fmt: skip
    secrets = [first.connection.clear_password, (first.connection.secured_properties or {})["token"]]
    assert [each and each.stored_form() for each in secrets] == ["env:PASSWORD_oak-dene", "file:/secrets/oak-dene"]
    assert (archive.connector_name, archive.connection.address) == (
        "Landing oak-dene::oak-dene-archive",
        "/archive/oak-dene",
    )
    assert second.connection.address == "postgresql://old-market.example.org:5433/wards"
    assert first.connection.connector_type is second.connection.connector_type  # what is equal is in memory once


def test_a_connector_of_a_template_has_the_same_id_whatever_other_places_there_are() -> None:
    ids = {each.connector_name: each.connector_id for each in connectors(template(PLACES))}
    assert len(set(ids.values())) == 2
    assert [each.connector_id for each in connectors(template(PLACES[1:]))] == [ids["Landing old-market"]]


def test_values_that_a_place_lacks_are_errors_of_that_place() -> None:
    assert problems_of([*PLACES, {"hospitl": "oak-dene"}])[:1] == [
        Problem(f"{CONNECTOR}.places[2].hospital", "connectorName needs this value", "did you mean hospitl?")
    ]
    places: list[dict[str, Any]] = [{"hospital": "a"}, *({} for _ in range(25))]
    found = problems_of(places)
    assert [each.path for each in found] == [
        *(f"{CONNECTOR}.places[{number}].hospital" for number in range(1, 21)),
        f"{CONNECTOR}.places",
    ]
    assert found[-1].text == "5 more values are missing"


@pytest.mark.parametrize(
    ("places", "changes", "path", "text", "is_error"),
    [
        ([], {}, ".places", "the template has no places, and so no connectors", False),
        ([{"hospital": "a", "size": 1}], {}, ".places", "no text of the connector has {size}", False),
        (
            [{"hospital": {"name": "a"}}],
            {},
            ".places[0][...]",
            "Expected `bool | int | float | str`, got `object`",
            True,
        ),
        (
            [{"hospital": "a"}],
            {"metadataSourceQualifiedName": "{hospitl}"},
            ".metadataSourceQualifiedName",
            "no place has a value for {hospitl}",
            False,
        ),
    ],
)
def test_places_that_do_not_fit_the_block_are_told(
    places: list[dict[str, Any]], changes: dict[str, Any], path: str, text: str, *, is_error: bool
) -> None:
    found = [each for each in problems_of(places, **changes) if each.path == CONNECTOR + path]
    assert [(each.text, each.is_error) for each in found] == [(text, is_error)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"clearPassword": "{password}"}, "clearPassword"),
        ({"configurationProperties": {"password": "{password}"}}, "configurationProperties.password"),
        ({"endpoint": {"address": "postgresql://u:{password}@h/d"}}, "endpoint.address"),
    ],
)
def test_places_cannot_have_secrets(fields: dict[str, Any], field: str) -> None:
    connection = {"connectorType": {"connectorProviderClassName": "data-files-monitor"}, **fields}
    places: list[dict[str, Any]] = [{"hospital": "a", "password": "one"}, {"hospital": "b", "password": "two"}]
    found = check_document(convert(template(places, connection=connection), "it"))
    assert [each.path for each in found if each.is_error] == [f"{CONNECTOR}.connection.{field}"]


def test_a_problem_of_one_connector_names_its_place_and_a_problem_of_all_the_template() -> None:
    connection = {
        "connectorType": {"connectorProviderClassName": "data-files-monitor"},
        "endpoint": {"address": "/landing/{hospital}"},
        "configurationProperties": {"allowCatalogDelete": "{deletes}", "wacth": True},
    }
    places: list[dict[str, Any]] = [{"hospital": "a", "deletes": True}, {"hospital": "b", "deletes": "perhaps"}]
    found = problems_of(places, connection=connection)
    assert [each.path for each in found] == [
        f"{CONNECTOR}.connection.configurationProperties.wacth",
        f"{CONNECTOR}.places[1]",
    ]
    assert found[1].text.startswith("connection.configurationProperties.allowCatalogDelete: ")


def test_the_names_of_connectors_are_compared_over_all_places() -> None:
    found = problems_of([{"hospital": "a"}, {"hospital": "b"}, {"hospital": "a"}])
    assert found == [
        Problem(
            f"{CONNECTOR}.places[2]",
            f"connectorName: 'Landing a' is already used at {CONNECTOR}.places[0].connectorName",
            "give each a unique name",
        )
    ]


def test_a_problem_of_many_places_is_told_of_the_first() -> None:
    places: list[dict[str, Any]] = [{"hospital": "a"} for _ in range(30)]
    found = problems_of(places)
    assert [each.path for each in found] == [
        *(f"{CONNECTOR}.places[{number}]" for number in range(1, 21)),
        f"{CONNECTOR}.places",
    ]
    assert found[-1].text == "9 more places with such a problem"


def test_a_note_tells_what_a_template_stands_for() -> None:
    config = convert(template([{"hospital": name} for name in "abcd"]), "it")
    shown = [each for each in notes(config, Allowance()) if each.path == f"{CONNECTOR}.places"]
    assert [each.text for each in shown] == ["4 connectors: Landing a, Landing b, Landing c, ..."]
