"""The connector for Iceberg catalogues, at a Nessie server: what it catalogues, and what an unchanged one costs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit.errors import DescribedError
from integration_daemon.supervision.recovery.failure import most_telling
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.framework.dry_run import dry_run
from services.metadata.element import ElementStatus
from services.testing.running import RunningConnector
from tests.servers.between import Answer, Between, between
from tests.servers.nessie import Catalogue, NessieServer
from tests.services.catalog.iceberg_catalogues import FROM, named, running, sales, shown


@pytest.fixture
def catalogue(nessie: NessieServer) -> Catalogue:
    """A catalogue with two namespaces, two tables and a view."""
    return sales(nessie)


@pytest.fixture
def before(catalogue: Catalogue) -> Iterator[Between]:
    """A server before that catalogue."""
    with between(catalogue.address) as server:
        yield server


async def last_change(monitor: RunningConnector) -> int:
    return (await monitor.store.changes(0, 1_000)).last


async def failure(monitor: RunningConnector) -> DescribedError:
    """The error of a refresh that fails."""
    try:
        await monitor.refresh()
    except BaseException as error:
        found = most_telling(error)
        assert isinstance(found, DescribedError)
        return found
    raise AssertionError("nothing failed")


async def test_what_is_catalogued_is_what_the_catalogue_lists(catalogue: Catalogue, tmp_path: Path) -> None:
    async with running(catalogue.address, tmp_path) as monitor:
        assert (await monitor.refresh()).rejected == []
        listed = catalogue.listed()
        tables, namespaces = await named(monitor, "RelationalTable"), await named(monitor, "DeployedDatabaseSchema")
        assert set(namespaces) == set(listed["namespaces"])
        assert {each.replace("::", ".") for each in tables} == {*listed["tables"], *listed["views"]}
        for name in listed["tables"]:
            table, element = catalogue.table(name), tables["::".join(name.rsplit(".", 1))]
            assert shown(element) == catalogue.properties(name)
            assert element.properties["additionalProperties"]["iceberg:uuid"] == table["table-uuid"]
        for name in listed["namespaces"]:
            properties = catalogue.namespace_properties(name)
            del properties["location"]  # which this server makes up from the warehouse
            assert shown(namespaces[name]) == properties
        orders = tables["sales::orders"].properties["additionalProperties"]
        assert orders["iceberg:partitionSpec"] == "bucket[16](id)"
        view = tables["sales::large"]
        assert view.classifications["CalculatedValue"] == {"formula": "SELECT id FROM orders"}
        assert view.properties["additionalProperties"]["iceberg:dialect"] == "spark"


async def test_columns_are_catalogued_with_those_nested_in_them(catalogue: Catalogue, tmp_path: Path) -> None:
    async with running(catalogue.address, tmp_path) as monitor:
        await monitor.refresh()
        columns = {
            name.removeprefix("sales::orders::"): each.properties
            for name, each in (await named(monitor, "RelationalColumn")).items()
            if name.startswith("sales::orders::")
        }
        assert {name: each["dataType"] for name, each in columns.items()} == {
            "id": "long",
            "price": "decimal(9, 2)",
            "customer": "struct<name: string, born: date>",
            "customer.name": "string",
            "customer.born": "date",
            "marks": "map<string, list<int>>",
            "marks.value": "list<int>",
            "marks.value.element": "int",
        }
        assert columns["id"]["description"] == "The key"
        assert columns["id"]["isNullable"] is False
        assert columns["customer"]["isNullable"] is True


async def test_a_refresh_after_a_dry_run_catalogues_what_that_supposed(catalogue: Catalogue, tmp_path: Path) -> None:
    async with running(catalogue.address, tmp_path) as monitor:
        with dry_run() as supposed:
            await monitor.refresh()
        assert supposed.changes.outcome.created
        assert await monitor.elements("RelationalTable") == []
        await monitor.refresh()
        assert len(await monitor.elements("RelationalTable")) == 3
        with dry_run() as supposed:
            await monitor.refresh()
        assert supposed.changes.created == supposed.changes.updated == []


async def test_a_refusal_is_tried_again_although_the_catalogue_is_unchanged(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    async with running(before.address, tmp_path) as monitor:
        before.spoil = lambda method, path, answer: Answer(403, b"", {}) if path.count("tables/orders") else answer
        await monitor.refresh()
        assert set(await named(monitor, "RelationalTable")) == {"sales::large"}
        before.spoil = lambda method, path, answer: answer
        await monitor.refresh()
        assert "sales::orders" in await named(monitor, "RelationalTable")


async def test_without_tags_in_the_listing_each_table_is_asked_for_with_its_entity_tag(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    before.is_nessie = False
    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
        last = await last_change(monitor)
        answered: list[int] = []

        def note(method: str, path: str, answer: Answer) -> Answer:
            if "/tables/" in path:
                answered.append(answer.status)
            return answer

        before.spoil = note
        await monitor.refresh()
        assert (answered, await last_change(monitor)) == ([304, 304], last)
        catalogue.set("sales.orders", comment="Some orders")
        await monitor.refresh()
        assert sorted(answered) == [200, 304, 304, 304]
        assert shown((await named(monitor, "RelationalTable"))["sales::orders"])["comment"] == "Some orders"


async def test_changes_of_the_catalogue_are_catalogued(catalogue: Catalogue, tmp_path: Path) -> None:
    async with running(catalogue.address, tmp_path) as monitor:
        await monitor.refresh()
        catalogue.update("sales.orders", {"action": "remove-properties", "removals": ["retention"]})
        catalogue.set_namespace("sales", owner="peter")
        catalogue.create_table("sales.refunds")
        catalogue.drop_table("sales.eu.orders")
        await monitor.refresh()
        tables = await named(monitor, "RelationalTable")
        assert set(tables) == {"sales::orders", "sales::refunds", "sales::large"}
        assert shown(tables["sales::orders"]) == {"comment": "All orders"}
        assert shown((await named(monitor, "DeployedDatabaseSchema"))["sales"])["owner"] == "peter"
        assert "sales.eu::orders::id" not in await named(monitor, "RelationalColumn")


async def test_patterns_select_namespaces_and_tables(catalogue: Catalogue, tmp_path: Path) -> None:
    async with running(catalogue.address, tmp_path, includeNamespaces="sales", excludeTables=["*.l*"]) as monitor:
        await monitor.refresh()
        assert set(await named(monitor, "DeployedDatabaseSchema")) == {"sales"}
        assert set(await named(monitor, "RelationalTable")) == {"sales::orders"}


async def test_each_table_has_an_external_identifier(catalogue: Catalogue, tmp_path: Path) -> None:
    async with running(catalogue.address, tmp_path) as monitor:
        await monitor.refresh()
        table = (await named(monitor, "RelationalTable"))["sales::orders"]
        (link,) = await monitor.store.relationships([table.guid], type_name="ExternalIdLink")
        (identifier,) = await monitor.store.get([link.end2_guid])
        assert identifier.properties["identifier"] == "namespaces/sales/tables/orders"
        assert identifier.properties["externalInstanceTypeName"] == "table"
        assert set(link.properties["mappingProperties"]) >= {"comment", "retention"}
        assert link.properties["lastSynchronized"]
        assert link.properties["permittedSynchronization"] == "FROM_THIRD_PARTY"


def listing_without_its_second_page(method: str, path: str, answer: Answer) -> Answer:
    """As a server that loses its place: the page leads back to itself."""
    return answer._replace(
        body=answer.body.replace(b'"next-page-token" : null', b'"next-page-token" : "again"').replace(
            b'"hasMore" : false', b'"hasMore" : true'
        )
    )


def listing_cut_off(method: str, path: str, answer: Answer) -> Answer:
    is_listing = path.partition("?")[0].endswith(("/entries", "/tables"))
    return answer._replace(body=answer.body[: len(answer.body) // 2]) if is_listing else answer


def tables_that_fail(method: str, path: str, answer: Answer) -> Answer:
    return Answer(503, b"", {}) if "/tables/" in path else answer


@pytest.mark.parametrize("is_nessie", [True, False], ids=["nessie", "iceberg"])
@pytest.mark.parametrize("spoil", [listing_without_its_second_page, listing_cut_off, tables_that_fail])
async def test_a_listing_that_is_not_complete_removes_nothing(
    before: Between, catalogue: Catalogue, tmp_path: Path, is_nessie: bool, spoil: object
) -> None:
    before.is_nessie = is_nessie
    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
        names = set(await named(monitor, "RelationalTable"))
        catalogue.drop_table("sales.eu.orders")
        catalogue.set("sales.orders", comment="Some orders")
        before.spoil = spoil  # type: ignore[assignment]
        assert isinstance(await failure(monitor), ThirdPartyUnavailableError)
        assert set(await named(monitor, "RelationalTable")) == names


async def test_a_namespace_that_may_not_be_read_is_kept_with_those_below_it(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    before.is_nessie = False
    catalogue.create_namespace("sales-old")
    catalogue.create_table("sales-old.orders")
    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
        catalogued = await named(monitor, "OpenMetadataRoot")

        def forbid(method: str, path: str, answer: Answer) -> Answer:
            return Answer(403, b"", {}) if "/namespaces/sales/" in path or "parent=sales&" in path else answer

        before.spoil = forbid
        catalogue.drop_table("sales-old.orders")
        last = await last_change(monitor)
        await monitor.refresh()
        removed = catalogued.keys() - (await named(monitor, "OpenMetadataRoot")).keys()
        assert {each.partition("::id")[0] for each in removed if "namespaces" not in each} == {"sales-old::orders"}
        changed = (await monitor.store.changes(last, 1_000)).changes
        assert {each.status for each in changed} == {ElementStatus.ARCHIVED}
        assert any("cannot read" in each and "sales" in each for each in monitor.messages)


async def test_failures_are_distinguished(before: Between, tmp_path: Path) -> None:
    kinds: dict[int, type[DescribedError]] = {
        401: UserNotAuthorizedError,
        403: UserNotAuthorizedError,
        302: ConnectorConfigurationError,
        404: ConnectorConfigurationError,
        503: ThirdPartyUnavailableError,
    }
    for status, kind in kinds.items():
        before.spoil = lambda method, path, answer, status=status: Answer(status, b"", {})  # type: ignore[misc]
        async with running(before.address, tmp_path) as monitor:
            assert isinstance(await failure(monitor), kind)
    async with running("http://127.0.0.1:9/iceberg", tmp_path) as monitor:
        assert isinstance(await failure(monitor), ThirdPartyUnavailableError)


async def test_a_token_is_sent_and_never_shown(before: Between, tmp_path: Path) -> None:
    before.spoil = lambda method, path, answer: Answer(401, b"", {})
    async with running(before.address, tmp_path, token="tell-nobody") as monitor:
        error = await failure(monitor)
        assert "tell-nobody" not in repr(error) + str(error) + "".join(monitor.messages)
    assert {each.get("Authorization") for each in before.headers} == {"Bearer tell-nobody"}


async def test_an_oauth2_client_fetches_a_token_and_another_one_once_it_is_refused(
    before: Between, tmp_path: Path
) -> None:
    fetched: list[str] = []

    def with_tokens(method: str, path: str, answer: Answer) -> Answer:
        if path.endswith("/oauth/tokens"):
            fetched.append(method)
            return Answer(200, b'{"access_token": "token%d", "expires_in": 3600}' % len(fetched), {})
        if before.headers[-1].get("Authorization") == "Bearer token1":
            return Answer(401, b"", {})
        return answer

    before.spoil = with_tokens
    async with running(before.address, tmp_path, user="client", password="tell-nobody", requestsAtOnce=1) as monitor:
        assert (await monitor.refresh()).created
    assert fetched == ["POST", "POST"]


@pytest.mark.parametrize("token", ["tell nobody", "tell\r\nnobody", "n\u00f6body"])
async def test_a_token_that_cannot_be_sent_is_refused_and_not_shown(
    before: Between, tmp_path: Path, token: str
) -> None:
    async with running(before.address, tmp_path, token=token) as monitor:
        error = await failure(monitor)
        assert isinstance(error, UserNotAuthorizedError)
        assert "body" not in repr(error)


async def test_a_token_whose_lifetime_is_a_text_is_used(before: Between, tmp_path: Path) -> None:
    before.spoil = lambda method, path, answer: (
        Answer(200, b'{"access_token": "x", "expires_in": "3600"}', {}) if path.endswith("/tokens") else answer
    )
    async with running(before.address, tmp_path, user="client", password="tell-nobody") as monitor:
        assert (await monitor.refresh()).created
    assert before.count("/tokens") == 1


async def test_a_token_endpoint_that_is_busy_is_not_available(before: Between, tmp_path: Path) -> None:
    before.spoil = lambda method, path, answer: Answer(429, b"", {})
    async with running(before.address, tmp_path, user="client", password="tell-nobody") as monitor:
        assert isinstance(await failure(monitor), ThirdPartyUnavailableError)


async def test_credentials_are_sent_over_tls_alone(tmp_path: Path) -> None:
    credentials: dict[str, Any]
    for credentials in ({"token": "x"}, {"user": "client", "password": "x"}):
        with pytest.raises(ConnectorConfigurationError, match="https"):
            async with running("http://catalog.example.org/iceberg", tmp_path, FROM, **credentials):
                raise AssertionError("it has started")
