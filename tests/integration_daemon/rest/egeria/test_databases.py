"""Databases at the routes of Egeria's Data Manager OMAS, with bodies as its client writes them."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration_daemon.rest.egeria.test_files import native, source
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, Served, served

DATA_MANAGER = "/servers/cocoMDS1/open-metadata/access-services/data-manager/users/npa"
DATABASES = f"{DATA_MANAGER}/databases"


class Integrator:
    """A database integrator with a metadata source."""

    def __init__(self, platform: Served, provenance: dict[str, str]) -> None:
        self.platform = platform
        self.provenance = provenance

    async def post(self, path: str, properties: dict[str, Any] | None = None, parent: str | None = None) -> Any:
        body: dict[str, Any] = dict(self.provenance)
        if properties is not None:
            body["properties"] = properties
        if parent is not None:
            body["parentGUID"] = parent
        answer = await self.platform.post(DATABASES + path, body)
        assert answer["relatedHTTPCode"] == 200, answer
        return answer

    async def create(self, path: str, kind: str, name: str, parent: str | None = None, **further: Any) -> str:
        bean = {"class": f"{kind}Properties", "qualifiedName": name, "displayName": name.rpartition(".")[2], **further}
        guid: str = (await self.post(path, bean, parent))["guid"]
        return guid

    async def sales(self) -> dict[str, str]:
        """A database with a schema, two tables, a view and three columns."""
        database = await self.create("", "Database", "sales", databaseVersion="16", databaseType="PostgreSQL")
        schema = await self.create("/schemas", "DatabaseSchema", "sales.public", database)
        customers = await self.create("/tables", "DatabaseTable", "sales.public.customers", schema)
        orders = await self.create("/tables", "DatabaseTable", "sales.public.orders", schema)
        view = await self.create("/tables/views", "DatabaseView", "sales.public.v", schema, formula="SELECT 1")
        column = {"dataType": "int", "elementPosition": 1, "nullable": False}
        key = await self.create("/tables/columns", "DatabaseColumn", "sales.public.customers.id", customers, **column)
        name = await self.create("/tables/columns", "DatabaseColumn", "sales.public.customers.name", customers)
        refers = await self.create("/tables/columns", "DatabaseColumn", "sales.public.orders.customer", orders)
        return {
            "database": database,
            "schema": schema,
            "customers": customers,
            "orders": orders,
            "view": view,
            "id": key,
            "name": name,
            "customer": refers,
        }


async def integrator(platform: Served) -> Integrator:
    return Integrator(platform, await source(platform, "sales server"))


async def names(platform: Served, path: str) -> list[str]:
    found = (await platform.get(DATABASES + path)).get("elementList", [])
    return [next(v for k, v in each.items() if k.endswith("Properties"))["displayName"] for each in found]


async def test_a_database_is_catalogued_as_the_connectors_of_this_program_catalogue_it(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        made = await (await integrator(platform)).sales()
        (database,) = await native(platform, "type=Database")
        assert database["metadataSource"] == "sales server"
        assert database["properties"]["deployedImplementationType"] == "PostgreSQL"
        tables = {each["properties"]["qualifiedName"]: each for each in await native(platform, "type=RelationalTable")}
        assert set(tables) == {"sales.public.customers", "sales.public.orders", "sales.public.v"}
        assert tables["sales.public.v"]["classifications"]["CalculatedValue"] == {"formula": "SELECT 1"}
        (structure,) = await native(platform, "type=RelationalDBSchemaType")
        assert structure["properties"]["qualifiedName"] == "SchemaOf:sales.public"
        column = await platform.get(f"{DATABASES}/tables/columns/{made['id']}")
        assert column["class"] == "DatabaseColumnResponse"
        bean = column["element"]["databaseColumnProperties"]
        assert (bean["dataType"], bean["elementPosition"], bean["nullable"]) == ("int", 1, False)


async def test_the_parts_of_a_database_are_listed_in_pages(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        made = await (await integrator(platform)).sales()
        assert await names(platform, f"/{made['database']}/schemas?startFrom=0&pageSize=10") == ["public"]
        assert await names(platform, f"/{made['schema']}/tables?startFrom=0&pageSize=2") == ["customers", "orders"]
        assert await names(platform, f"/{made['schema']}/tables?startFrom=2&pageSize=2") == ["v"]
        assert await names(platform, f"/{made['schema']}/tables/views?startFrom=0&pageSize=2") == ["v"]
        assert await names(platform, f"/tables/{made['customers']}/columns?startFrom=0&pageSize=9") == ["id", "name"]
        assert await platform.get(f"{DATABASES}/tables/{made['view']}/columns?startFrom=0&pageSize=9") == {
            "class": "DatabaseColumnsResponse",
            "relatedHTTPCode": 200,
        }


SEARCHES = [
    ("/tables/by-name", {"name": "sales.public.orders"}),
    ("/tables/by-name", {"name": "orders", "namePropertyName": "name"}),
    ("/tables/by-search-string", {"searchString": ".*ord.*"}),
]


async def test_tables_are_found_by_name(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        made = await (await integrator(platform)).sales()
        for path, body in SEARCHES:
            answer = await platform.post(f"{DATABASES}{path}?startFrom=0&pageSize=10", body)
            assert [each["elementHeader"]["guid"] for each in answer["elementList"]] == [made["orders"]]


async def test_keys_are_set_and_removed(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        daemon = await integrator(platform)
        made = await daemon.sales()
        primary, foreign = (
            f"/tables/columns/{made['id']}/primary-key",
            f"/tables/columns/{made['customer']}/foreign-key",
        )
        await daemon.post(primary, {"class": "DatabasePrimaryKeyProperties", "name": "pk"})
        await daemon.post(f"{foreign}/{made['id']}", {"class": "DatabaseForeignKeyProperties", "name": "fk"})

        async def column(name: str) -> Any:
            return (await platform.get(f"{DATABASES}/tables/columns/{made[name]}"))["element"]

        assert (await column("id"))["primaryKeyProperties"] == {"name": "pk"}
        refers = await column("customer")
        assert (refers["referencedColumnGUID"], refers["foreignKeyProperties"]) == (made["id"], {"name": "fk"})
        # a change of the column keeps its key and its place in the table
        changed = {
            "class": "DatabaseColumnProperties",
            "qualifiedName": "sales.public.orders.customer",
            "dataType": "x",
        }
        await daemon.post(f"/tables/columns/{made['customer']}?isMergeUpdate=true", changed)
        refers = await column("customer")
        assert refers["databaseColumnProperties"]["dataType"] == "x"
        assert refers["referencedColumnQualifiedName"] == "sales.public.customers.id"
        assert await names(platform, f"/tables/{made['orders']}/columns?startFrom=0&pageSize=9") == ["customer"]

        await daemon.post(f"{foreign}/{made['id']}/delete")
        await daemon.post(f"{primary}/delete")
        assert "referencedColumnGUID" not in await column("customer")
        assert "primaryKeyProperties" not in await column("id")


async def test_deleting_a_database_deletes_what_is_in_it(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        daemon = await integrator(platform)
        made = await daemon.sales()
        await daemon.create("", "Database", "other")
        refused = await platform.post(f"{DATABASES}/{made['database']}/delete")
        assert refused["exceptionErrorMessageId"] == "OMRS-REPOSITORY-403-001"
        await daemon.post(f"/{made['database']}/delete")
        left = [
            each["properties"]["qualifiedName"] for each in await native(platform, "type=Referenceable&archived=true")
        ]
        assert left == ["sales server", "other"]


@pytest.mark.parametrize(
    "path",
    ["databases/{}/delete", "databases/tables/columns/{}/delete", "filesystems/data-folders/{}/delete"],
)
async def test_the_routes_of_one_kind_refuse_an_element_of_another(tmp_path: Path, path: str) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        provenance = await source(platform)
        body = {"typeName": "CSVFile", "pathName": "/data/a.csv", **provenance}
        guid = (await platform.post(f"{DATA_MANAGER}/filesystems/data-files", body))["guids"][-1]
        refused = await platform.post(f"{DATA_MANAGER}/{path.format(guid)}", provenance)
        assert refused["relatedHTTPCode"] == 404
        assert refused["exceptionErrorMessageId"] == "OMAG-REPOSITORY-HANDLER-404-001"
        assert (await platform.get(f"{DATA_MANAGER}/filesystems/data-files/{guid}"))["dataFile"]


async def test_a_file_is_not_catalogued_as_something_else(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        body = {"typeName": "Database", "pathName": "/data/a.csv", **await source(platform)}
        refused = await platform.post(f"{DATA_MANAGER}/filesystems/data-files", body)
        assert refused["exceptionErrorMessageId"] == "OMAG-COMMON-400-042"
        assert await native(platform, "type=Database") == []
