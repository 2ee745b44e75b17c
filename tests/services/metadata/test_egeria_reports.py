"""Integration reports at a metadata server of Egeria 4."""

from services.metadata.changes import Link
from services.metadata.mapping import to_put
from services.metadata.types.connectors import IntegrationConnector, IntegrationReport
from tests.servers.egeria.repository import text
from tests.services.metadata.test_egeria import apply, beside_egeria


async def test_an_integration_report_is_made_by_the_server_at_its_connector_or_at_its_source() -> None:
    async with beside_egeria() as (server, store):
        connector = to_put(IntegrationConnector(qualified_name="Connector:a"), source_key="Connector:a")
        guid = (await apply(store, connector, source="")).guids["Connector:a"]
        for number, links in enumerate(([Link("RelatedIntegrationReport", "Connector:a")], [])):
            report = IntegrationReport(
                qualified_name=f"IntegrationReport::{number}",
                connector_name="a",
                refresh_start_date="2026-11-24T22:14:17.115+00:00",
                additional_properties={"createdElements": "3"},
            )
            outcome = await apply(store, to_put(report, source_key=f"a/{number}", links=links), source="reports")
            assert (outcome.created, outcome.rejected) == (1, [])
        server_links = list(server.repository.relationships.values())
        assert [each.type_name for each in server_links] == ["RelatedIntegrationReport"] * 2
        assert [each.end1 for each in server_links] == [guid, server.named("reports").guid]
        values = server.repository.elements[server_links[0].end2].properties
        assert values["refreshStartDate"]["primitiveValue"] == 1795558457115
        assert values["additionalProperties"]["mapValues"]["propertyValueMap"]["createdElements"] == text("3")
