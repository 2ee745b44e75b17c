"""The native routes: precise states, and operations on one connector."""

from pathlib import Path

import trio

from tests.integration_daemon.rest.platforms import daemon_document, served
from tests.servers.alert_receivers import webhook

ONE = "/api/v1/connectors/monitor%200"


async def test_connectors_are_filtered_and_paged(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=5)
    (tmp_path / "landing 3").rmdir()
    async with served(tmp_path, document) as platform:
        await platform.post("/servers/exchangeDL01/open-metadata/integration-daemon/refresh")
        page = await platform.get("/api/v1/connectors?startFrom=1&limit=2")
        assert (page["total"], [each["connectorName"] for each in page["connectors"]]) == (
            5,
            ["monitor 1", "monitor 2"],
        )
        failed = await platform.get("/api/v1/connectors?state=FAILED")
        assert [each["connectorName"] for each in failed["connectors"]] == ["monitor 3"]
        assert (await platform.get("/api/v1/connectors?failureKind=CONFIGURATION"))["total"] == 1
        assert (await platform.get("/api/v1/connectors?failureKind=DEFECT"))["total"] == 0
        running = await platform.get("/api/v1/connectors?state=RUNNING")
        assert running["total"] == (await platform.get("/api/v1/connectors?state=WAITING"))["total"] > 0
        assert (await platform.get("/api/v1/connectors?service=files-integrator"))["total"] == 5
        one = await platform.get("/api/v1/connectors/monitor%203")
        assert one["failure"]["method"] == "start"
        assert (one["consecutiveFailures"], one["lane"], one["targetState"]) == (1, "loop", "RUNNING")


async def test_the_pages_of_a_list_follow_each_other_by_cursor(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=5)
    async with served(tmp_path, document) as platform:
        page = await platform.get("/api/v1/connectors?sort=-name&limit=2")
        names = [each["connectorName"] for each in page["connectors"]]
        assert names == ["monitor 4", "monitor 3"]
        page = await platform.get(f"/api/v1/connectors?sort=-name&limit=2&cursor={page['cursor']}")
        names = [each["connectorName"] for each in page["connectors"]]
        assert (page["total"], names) == (5, ["monitor 2", "monitor 1"])
        last = await platform.get(f"/api/v1/connectors?sort=-name&limit=2&cursor={page['cursor']}")
        assert [each["connectorName"] for each in last["connectors"]] == ["monitor 0"]
        assert "cursor" not in last
        other = await platform.get(f"/api/v1/connectors?sort=restarts&limit=2&cursor={page['cursor']}")
        assert other["status"] == 400
        assert "of a list in the order -name, and not in the order restarts" in other["detail"]
        for wrong in ("5", "WzFd", "%C3%A4", "W10"):
            refused = await platform.get(f"/api/v1/connectors?cursor={wrong}")
            assert (refused["status"], "cursor" in refused["detail"]) == (400, True)


async def test_a_list_counts_all_connectors_of_its_filter_on_every_page(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=12)
    for number in (3, 11):
        (tmp_path / f"landing {number}").rmdir()
    async with served(tmp_path, document) as platform:
        await platform.post("/api/v1/connectors/refresh")
        page = await platform.get("/api/v1/connectors?failedFirst=true&limit=3")
        assert [each["connectorName"] for each in page["connectors"]] == ["monitor 3", "monitor 11", "monitor 0"]
        assert (page["total"], page["counts"]) == (12, {"WAITING": 10, "FAILED": 2})
        assert page["services"] == ["files-integrator"]
        ones = await platform.get("/api/v1/connectors?text=MONITOR%201&state=FAILED")
        assert [each["connectorName"] for each in ones["connectors"]] == ["monitor 11"]
        assert (ones["total"], ones["counts"]) == (1, {"WAITING": 2, "FAILED": 1})


async def test_only_connectors_selected_by_the_filter_are_restarted(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=12)
    (tmp_path / "landing 11").rmdir()
    async with served(tmp_path, document) as platform:
        answer = await platform.post("/api/v1/connectors/restart?text=monitor%201")
        assert (answer["asked"], answer["done"], answer["failed"], answer["atWork"]) == (3, 2, 1, 0)
        (not_done,) = answer["notDone"]
        assert (not_done["connectorName"], not_done["state"]) == ("monitor 11", "FAILED")
        connectors = (await platform.get("/api/v1/connectors"))["connectors"]
        again = [each["connectorName"] for each in connectors if each["incarnation"] == 2]
        assert again == ["monitor 1", "monitor 10", "monitor 11"]
        wrong = await platform.post("/api/v1/connectors/restart?state=FAILD")
        assert wrong["status"] == 400


async def test_target_states_survive_a_restart_of_the_daemon(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path)
    async with served(tmp_path, document) as platform:
        assert (await platform.post(ONE + "/pause"))["state"] == "PAUSED"
        assert (await platform.post("/api/v1/connectors/monitor%201/stop"))["state"] == "STOPPED"
    async with served(tmp_path, document) as platform:
        connectors = (await platform.get("/api/v1/connectors"))["connectors"]
        assert [each["state"] for each in connectors] == ["PAUSED", "STOPPED"]
        assert (await platform.post(ONE + "/resume"))["state"] == "WAITING"
        status = await platform.get("/servers/exchangeDL01/open-metadata/integration-daemon/users/x/status")
        reports = status["integrationServiceSummaries"][0]["integrationConnectorReports"]
        assert [each["connectorStatus"] for each in reports] == ["RUNNING", "STOPPED"]


async def test_the_catalogue_can_be_read_and_its_changes_followed(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    folder = tmp_path / "landing 0"
    (folder / "patient-visits.csv").write_text("a,b")
    async with served(tmp_path, document) as platform:
        await platform.post(ONE + "/refresh")
        page = await platform.get("/api/v1/changes?limit=1000")
        cursor = page["last"]
        assert "patient-visits.csv" in [each["element"]["properties"].get("fileName") for each in page["changes"]]
        (found,) = (await platform.get("/api/v1/elements?text=visits"))["elements"]
        assert found["typeName"] == "CSVFile"
        one = await platform.get(f"/api/v1/elements/{found['guid']}")
        assert one["element"] == found
        assert {each["typeName"] for each in one["relationships"]} == {"NestedFile"}
        assert (await platform.get("/api/v1/elements/nobody"))["status"] == 404

        updated = found["createTime"]
        assert (await platform.get(f"/api/v1/elements?type=DataFile&updatedSince={updated}"))["elements"] == [found]
        later = (await platform.get("/api/v1/elements?updatedSince=2999-01-01"))["elements"]
        assert later == []
        assert (await platform.get("/api/v1/elements?updatedSince=yesterday"))["status"] == 400

        assert (await platform.get(f"/api/v1/changes?after={cursor}"))["changes"] == []
        (folder / "patient-visits.csv").unlink()
        await platform.post(ONE + "/refresh")
        changes = (await platform.get(f"/api/v1/changes?after={cursor}"))["changes"]
        assert [each["status"] for each in changes if each["guid"] == found["guid"]] == ["ARCHIVED"]


async def test_the_lineage_of_an_element_is_a_graph_of_the_nearest_elements(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    (tmp_path / "landing 0" / "visits.csv").write_text("a,b")
    async with served(tmp_path, document) as platform:
        await platform.post(ONE + "/refresh")
        (found,) = (await platform.get("/api/v1/elements?text=visits"))["elements"]
        path = f"/api/v1/elements/{found['guid']}/lineage"
        graph = await platform.get(path + "?direction=upstream&depth=3&columns=true")
        assert [each["displayName"] for each in graph["nodes"]] == ["visits.csv"]
        assert (graph["edges"], graph["isTruncated"]) == ([], False)
        wrong = await platform.get(path + "?direction=sideways")
        assert wrong["status"] == 400
        assert "one of upstream, downstream, both" in wrong["detail"]
        assert (await platform.get("/api/v1/elements/nobody/lineage"))["status"] == 404


async def test_errors_of_native_routes_are_problem_documents_with_the_true_status(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        for path, status in (
            ("/api/v1/connectors/nobody", 400),
            ("/api/v1/servers/nobody/connectors", 404),
            ("/api/v1/connectors?limit=many", 400),
        ):
            response = await platform.http.get(platform.url + path)
            assert response.status_code == status
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["userAction"]


async def test_connectors_are_sorted_and_selected_by_label(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=4)
    configs = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    configs[1]["labels"] = ["cardiology", "night"]
    configs[3]["labels"] = ["cardiology"]
    (tmp_path / "landing 2").rmdir()
    async with served(tmp_path, document) as platform:
        await platform.post("/api/v1/connectors/refresh")

        async def names(query: str) -> list[str]:
            page = await platform.get(f"/api/v1/connectors?{query}")
            return [each["connectorName"].removeprefix("monitor ") for each in page["connectors"]]

        assert await names("label=cardiology") == ["1", "3"]
        assert await names("label=night") == ["1"]
        assert await names("sort=-name") == ["3", "2", "1", "0"]
        assert await names("sort=-name&startFrom=1&limit=2") == ["2", "1"]
        assert (await names("sort=lastSuccess"))[-1] == "2"  # it has had none
        assert (await names("sort=-lastSuccess"))[-1] == "2"
        assert (await names("sort=condition"))[0] == "2"
        assert (await platform.get("/api/v1/connectors?sort=size"))["status"] == 400
        paused = await platform.post("/api/v1/connectors/pause?label=cardiology")
        assert (paused["asked"], paused["done"]) == (2, 2)


async def test_an_unchanged_answer_is_not_sent_again(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=2)
    async with served(tmp_path, document) as platform:
        await platform.post("/api/v1/connectors/refresh")
        url = platform.url + "/api/v1/connectors"
        first = await platform.http.get(url)
        headers = {"If-None-Match": first.headers["ETag"]}
        again = await platform.http.get(url, headers=headers)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        await platform.post(ONE + "/pause")
        changed = await platform.http.get(url, headers=headers)
        assert (changed.status_code, changed.headers["ETag"] == first.headers["ETag"]) == (200, False)


async def test_the_elements_related_to_one_come_in_pages_with_their_names(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    for name in "abc":
        (tmp_path / "landing 0" / f"{name}.csv").write_text("a,b")
    async with served(tmp_path, document) as platform:
        await platform.post(ONE + "/refresh")
        (folder,) = (await platform.get("/api/v1/elements?type=FileFolder"))["elements"]
        path = f"/api/v1/elements/{folder['guid']}"
        page = await platform.get(f"{path}/related?type=NestedFile&startFrom=1&limit=2")
        assert (page["total"], page["types"]) == (3, {"NestedFile": 3})
        assert [each["element"]["typeName"] for each in page["related"]] == ["CSVFile"] * 2
        assert {each["element"]["displayName"][-5:] for each in page["related"]} < {"a.csv", "b.csv", "c.csv"}
        assert [each["isEnd1"] for each in page["related"]] == [True] * 2
        file = page["related"][0]["element"]["guid"]
        (other,) = (await platform.get(f"/api/v1/elements/{file}/related"))["related"]
        assert (other["isEnd1"], other["element"]["guid"]) == (False, folder["guid"])
        assert (await platform.get(path + "/related?type=Nothing"))["related"] == []
        assert "relationships" not in await platform.get(path + "?relationships=false")
        assert (await platform.get("/api/v1/elements/nobody/related"))["status"] == 404


async def test_elements_are_selected_by_the_connector_that_catalogues_them(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=2)
    configs = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    configs[1]["metadataSourceQualifiedName"] = "lab"
    for number, name in enumerate(["ward.csv", "lab.csv"]):
        (tmp_path / f"landing {number}" / name).write_text("a,b")
    async with served(tmp_path, document) as platform:
        await platform.post("/api/v1/connectors/refresh")
        (file,) = (await platform.get("/api/v1/elements?type=DataFile&connector=monitor%201"))["elements"]
        assert (file["properties"]["fileName"], file["metadataSource"]) == ("lab.csv", "lab")
        assert (await platform.get("/api/v1/elements?connector=nobody"))["status"] == 400
        (of_source,) = (await platform.get("/api/v1/connectors?source=lab"))["connectors"]
        assert (of_source["connectorName"], of_source["metadataSource"]) == ("monitor 1", "lab")
        assert (await platform.get("/api/v1/connectors?source="))["total"] == 0


async def test_the_types_of_elements_are_listed(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path, connectors=1)) as platform:
        types = {each["name"]: each.get("superType") for each in (await platform.get("/api/v1/element-types"))["types"]}
        assert (types["CSVFile"], types["OpenMetadataRoot"]) == ("DataFile", None)


async def test_servers_that_do_not_run_are_listed_with_the_time_of_their_end(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    async with served(tmp_path, document, daemon_document("wards", tmp_path, connectors=1)) as platform:
        await platform.platform.stop_server("wards")
        servers = await platform.get("/api/v1/servers")
        assert [each["name"] for each in servers["servers"]] == ["exchangeDL01"]
        (stopped,) = servers["stopped"]
        assert (stopped["name"], stopped["endTime"][:2]) == ("wards", "20")


async def test_open_incidents_are_listed_where_alerts_are_configured(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=2)
    (tmp_path / "landing 1").rmdir()
    with webhook() as hook:
        alerts = {"after": 0, "receivers": [{"webhook": hook.url}]}
        async with served(tmp_path, {**document, "alerts": alerts}) as platform:
            await platform.post("/api/v1/connectors/refresh")
            begun = "/api/v1/servers/exchangeDL01/audit-log?messageId=INTEGRATION-DAEMON-SERVICES-0110&waitSeconds=20"
            with trio.fail_after(60):
                while not (await platform.get(begun))["records"]:
                    pass
            answer = await platform.get("/api/v1/incidents")
            (incident,) = answer["incidents"]
            assert (answer["isWatched"], incident["names"], incident["connectors"]) == (True, ["monitor 1"], 1)
            assert incident["action"]
    async with served(tmp_path, document) as platform:
        assert await platform.get("/api/v1/incidents") == {"isWatched": False, "incidents": []}
