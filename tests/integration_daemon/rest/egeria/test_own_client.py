"""The store for metadata servers of Egeria 4 keeps its metadata in a server of this program by the same routes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.metadata.changes import Batch, Link, Purge, Query, Remove
from services.metadata.element import MetadataSource
from services.metadata.mapping import to_put
from services.metadata.remote import open_remote_store
from services.metadata.server_protocol import MetadataServerProtocol
from services.metadata.types.files import CSVFile, FileFolder
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, served


async def test_a_store_for_egeria_works_with_a_server_of_this_program(tmp_path: Path) -> None:
    protocol = MetadataServerProtocol.EGERIA_4
    folder = to_put(FileFolder(qualified_name="FileFolder::/d", path_name="/d"), source_key="/d/")
    links = [Link("NestedFile", "FileFolder::/d")]
    files = [
        to_put(
            CSVFile(qualified_name=f"CSVFile::/d/{name}", path_name=f"/d/{name}", file_size=number),
            source_key=f"/d/{name}",
            links=links,
            classifications={"DataAssetEncoding": {"encoding": "UTF-8"}},
        )
        for number, name in enumerate("abc")
    ]
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        async with open_remote_store(platform.url, "cocoMDS1", "npa", protocol=protocol) as store:
            await store.register_source(MetadataSource("landing", "FileSystem"), user="npa")
            batch = Batch(user="npa", metadata_source="landing", changes=[folder, *files])
            assert (await store.apply(batch)).created == 4
        async with open_remote_store(platform.url, "cocoMDS1", "npa", protocol=protocol) as store:
            kept = await store.fingerprints("landing", "/d/")
            assert kept == {each.source_key: each.fingerprint for each in (folder, *files)}
            assert (await store.apply(batch)).unchanged == 4
            (element,) = await store.find(Query(qualified_name="CSVFile::/d/b"))
            assert (element.properties["fileSize"], element.metadata_source) == (1, "landing")
            assert element.classifications == {"DataAssetEncoding": {"encoding": "UTF-8"}}
            assert [each.type_name for each in await store.relationships([element.guid])] == ["NestedFile"]
            removed = Batch(user="npa", metadata_source="landing", changes=[Remove(source_key="/d/b")])
            assert (await store.apply(removed)).removed == 1
            assert await store.find(Query(qualified_name="CSVFile::/d/b")) == []
            purge = Purge(scope="/d/", archived_before=datetime.now(UTC) + timedelta(hours=1))
            assert (await store.apply(Batch(user="npa", metadata_source="landing", changes=[purge]))).purged == 1
            assert await store.get([element.guid]) == []
