"""Bad requests are answered with the parameter or place, the accepted values, and what to do."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from integration_daemon.config.limits import USUAL
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, Served, daemon_document, served

STORE = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/users/me"
DIGITS = "9" * 5_000


@pytest.fixture(name="platform")
async def _platform(tmp_path: Path) -> Any:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT, daemon_document("exchangeDL01", tmp_path)) as platform:
        yield platform


WRONG_PARAMETERS: tuple[tuple[str, str], ...] = (
    ("connectors?limit=-3", "limit of the URL is not valid: '-3' is not a whole number of 0 or more"),
    (f"connectors?startFrom={2**63}", f"startFrom of the URL is not valid: '{2**63}' is not a whole number"),
    (f"elements?startFrom={DIGITS}", "startFrom of the URL is not valid: '9999"),
    ("connectors?state=FAILD", "WAITING; did you mean FAILED?"),
    ("connectors?failureKind=timeout", "'timeout' is none of AUTHORIZATION, CONFIGURATION"),
    ("connectors?service=file-integrator", "none of files-integrator; did you mean files-integrator?"),
    ("connectors?limt=3", "limt of the URL is not valid: it is none of"),
    ("connectors?failedFirst=perhaps", "failedFirst of the URL is not valid: 'perhaps' is not true or false"),
    ("connectors?server=nobody", "OMAG Server nobody is not available"),
    ("elements?server=cocoMDS1&text=%00", "text of the URL is not valid: it has the character NUL in it"),
    ("elements?server=cocoMDS1&name=%00", "name of the URL is not valid: it has the character NUL in it"),
    ("elements?server=cocoMDS1&updatedSince=yesterday", "a time such as 2026-11-23T18:00:00Z"),
    ("elements?server=cocoMDS1&type=File", "File is not an open metadata type"),
    ("elements/a%00b?server=cocoMDS1", "guid of the URL is not valid: it has the character NUL in it"),
    ("changes?server=cocoMDS1&limit=-1", "limit of the URL is not valid: '-1' is not a whole number of 1 or more"),
    ("changes?server=cocoMDS1&limit=0", "limit of the URL is not valid: '0' is not a whole number of 1 or more"),
    ("servers/exchangeDL01/audit-log?severity=Bad", "'Bad' is not a severity; the severities are Unknown,"),
)


async def test_a_wrong_parameter_of_a_native_route_is_named(platform: Served) -> None:
    for path, said in WRONG_PARAMETERS:
        response = await platform.http.get(f"{platform.url}/api/v1/{path}")
        problem = response.json()
        assert response.status_code in (400, 404)
        assert response.headers["content-type"] == "application/problem+json"
        assert said in problem["detail"]
        assert len(problem["detail"]) < 500
        assert problem["userAction"]


WRONG_PLACES: tuple[tuple[str, Any, str], ...] = (
    ("batch/find", {"propertyValues": {"a": {}}}, "propertyValues.a"),
    ("batch/find", {"propertyValues": {"a": 2**70}}, "propertyValues.a"),
    ("batch/find", {"propertyValues": {"a": "x\x00"}}, "propertyValues.a"),
    ("batch/find", {"startFrom": 2**63}, "$.startFrom"),
    ("batch/find", {"pageSize": -1}, "$.pageSize"),
    ("batch/find", {"updatedSince": "0001-01-01T00:00:00"}, "$.updatedSince"),
    ("batch/find", {"namePattern": "*" * 60_000}, "namePattern"),
    ("batch/changes", {"after": 0, "limit": -1}, "$.limit"),
    ("batch/changes", {"after": -1, "limit": 1}, "$.after"),
    ("batch/fingerprints", {"metadataSource": "", "scope": "", "limit": -1}, "$.limit"),
    ("batch/get", ["x"] * 10_001, "$"),
    ("batch/sources", {"qualifiedName": ""}, "qualifiedName"),
    ("metadata-elements/by-search-string", {"searchString": "a", "startFrom": -1}, "$.startFrom"),
    ("metadata-elements/by-search-conditions", {"searchProperties": {"conditions": ["x"]}}, "conditions[0]"),
    (
        "metadata-elements/by-search-conditions",
        {"searchProperties": {"conditions": [{}]}},
        "conditions[0].property",
    ),
    (
        "metadata-elements/by-search-conditions",
        {"searchProperties": {"conditions": [{"property": "a", "value": {"primitiveValue": 2**64}}]}},
        "conditions[0].value",
    ),
)


async def test_a_wrong_body_is_answered_with_the_place_of_the_problem(platform: Served) -> None:
    for path, body, place in WRONG_PLACES:
        response = await platform.http.post(f"{platform.url}{STORE}/{path}", json=body)
        answer = response.json()
        assert (response.status_code, answer["relatedHTTPCode"]) == (400, 400)
        assert place in answer["exceptionErrorMessage"]


WRONG_PROPERTIES: tuple[tuple[Any, str], ...] = (
    ({"qualifiedName": 5}, "$.properties.qualifiedName"),
    ({"propertyValueMap": [1]}, "$.properties.propertyValueMap"),
    ({"qualifiedName": "a", "x": 2**70}, "$.properties.x"),
    ({"propertyValueMap": {"x": {"class": "MapTypePropertyValue", "mapValues": [1]}}}, "Map.x.mapValues"),
    (
        {
            "propertyValueMap": {
                "x": {
                    "class": "ArrayTypePropertyValue",
                    "arrayValues": {"propertyValueMap": {"first": {"primitiveValue": 1}}},
                }
            }
        },
        "Map.x.arrayValues",
    ),
)


async def test_wrong_properties_are_answered_with_the_place_of_the_problem(platform: Served) -> None:
    for properties, place in WRONG_PROPERTIES:
        body = {"typeName": "GlossaryTerm", "properties": properties}
        response = await platform.http.post(f"{platform.url}{STORE}/metadata-elements", json=body)
        assert response.status_code == 400
        assert place in response.json()["exceptionErrorMessage"]


NO_BODIES: tuple[tuple[bytes, str], ...] = (
    (b'{"searchString": "\\ud800"}', "byte 18: \\ud800 is a surrogate that stands alone"),
    (b'{"searchString": "\\udc00 "}', "byte 18: \\udc00 is a surrogate that stands alone"),
    (b'{"searchString": "a", "startFrom": %s}' % DIGITS.encode(), "at $.startFrom: Integer value out of range"),
    (b'{"searchString": "\xed\xa0\x80"}', "can't decode byte 0xed"),
    (b'{"a":' * 3_000, "at $: the content is nested more than 1000 deep"),
)


async def test_a_body_that_is_not_json_is_refused(platform: Served) -> None:
    for content, said in NO_BODIES:
        path = f"{platform.url}{STORE}/metadata-elements/by-search-string"
        response = await platform.http.post(path, content=content)
        assert response.status_code == 400
        assert said in response.json()["exceptionErrorMessage"]


def put(name: str, properties: str) -> str:
    fields = {"change": "put", "typeName": "GlossaryTerm", "qualifiedName": name, "sourceKey": name, "fingerprint": "1"}
    return json.dumps(fields)[:-1] + f', "properties": {properties}}}'


UNREADABLE: tuple[tuple[str, str], ...] = (
    ('{"qualifiedName": "bad", "x": 1e999}', "properties[...] cannot be used: Number out of range"),
    (f'{{"qualifiedName": "bad", "x": {DIGITS}}}', "properties[...] cannot be used: Integer value out of range"),
    ('{"qualifiedName": "bad", "x": 9223372036854775808}', "properties.x cannot be used: it is an integer of more"),
    ('{"qualifiedName": "bad", "x": %s}' % ("[" * 900 + "]" * 900), "nested more than 64 levels deep"),
    ('{"x": 1}', "properties.qualifiedName cannot be used"),
    ("[1]", "properties cannot be used"),
)


async def test_properties_that_could_not_be_read_back_are_rejected(platform: Served) -> None:
    for properties, problem in UNREADABLE:
        good = put("good", '{"qualifiedName": "good"}')
        batch = f'{{"user": "me", "changes": [{put("bad", properties)}, {good}]}}'
        outcome = await platform.post(f"{STORE}/batch/apply", content=batch.encode())
        assert outcome.get("created", 0) + outcome.get("unchanged", 0) == 1
        (rejected,) = outcome["rejected"]
        assert rejected["subject"] == "bad"
        assert problem in rejected["message"]
        assert [each["properties"] for each in await platform.post(f"{STORE}/batch/find", {})] == [
            {"qualifiedName": "good"}
        ]


async def test_a_body_over_the_limit_is_refused_in_the_style_of_its_route(platform: Served) -> None:
    content = b" " * (USUAL.body_bytes + 1)
    native = await platform.http.post(platform.url + "/api/v1/servers/exchangeDL01/reload", content=content)
    assert (native.status_code, native.json()["status"]) == (413, 413)
    assert native.json()["messageId"] == "OMAG-COMMON-413-001"
    compatible = await platform.http.post(f"{platform.url}{STORE}/batch/get", content=content)
    assert (compatible.status_code, compatible.json()["relatedHTTPCode"]) == (413, 413)
    assert "OMAG-COMMON-413-001" in compatible.json()["exceptionErrorMessage"]


async def test_a_compressed_body_is_refused_with_its_encoding_named(platform: Served) -> None:
    response = await platform.http.post(
        f"{platform.url}{STORE}/batch/find", content=gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"}
    )
    assert response.status_code == 400
    assert "has the content encoding gzip" in response.json()["exceptionErrorMessage"]


WRONG_METHODS: tuple[tuple[str, str, str], ...] = (
    ("PUT", "/api/v1/connectors", "GET, HEAD, OPTIONS"),
    ("GET", f"{STORE}/batch/find", "OPTIONS, POST"),
    ("DELETE", "/livez", "GET, HEAD, OPTIONS"),
    ("TRACE", "/", "GET, HEAD, OPTIONS"),
)


async def test_a_wrong_method_is_answered_with_the_allowed_ones(platform: Served) -> None:
    for method, path, allowed in WRONG_METHODS:
        response = await platform.http.request(method, platform.url + path)
        assert (response.status_code, response.headers["allow"]) == (405, allowed)
        assert f"{method} is not a method of" in response.text


async def test_head_and_options_are_supported(platform: Served) -> None:
    got = await platform.http.get(platform.url + "/api/v1/servers")
    head = await platform.http.head(platform.url + "/api/v1/servers")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(got.content))
    options = await platform.http.options(platform.url + "/api/v1/servers")
    assert options.status_code == 200
    assert set(options.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


async def test_head_has_no_effect_on_routes_whose_get_has_one(platform: Served) -> None:
    restart = "/servers/exchangeDL01/open-metadata/integration-daemon/integration-services/files-integrator/restart"
    head = await platform.http.head(platform.url + restart)
    assert head.status_code == 405
    connectors = (await platform.get("/api/v1/servers/exchangeDL01/connectors"))["connectors"]
    assert [each["restarts"] for each in connectors] == [0, 0]


async def test_an_unknown_url_is_refused_in_the_style_of_its_api(platform: Served) -> None:
    native = await platform.http.get(platform.url + "/api/v1/nothing")
    assert (native.status_code, native.json()["messageId"]) == (404, "OMAG-COMMON-404-001")
    compatible = await platform.http.get(platform.url + "/servers/x/nothing")
    assert (compatible.status_code, compatible.json()["relatedHTTPCode"]) == (404, 404)


def _related(page: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.get("relatedElementList", {}).get("elementList", [])
    return found


async def test_related_elements_are_paged(platform: Served) -> None:
    names = ["a", "b", "c"]
    guids = []
    for name in names:
        body = {"typeName": "GlossaryTerm", "properties": {"qualifiedName": name}}
        guids.append((await platform.post(f"{STORE}/metadata-elements", body))["guid"])
    for other in guids[1:]:
        ends = {"typeName": "SemanticAssignment", "metadataElement1GUID": guids[0], "metadataElement2GUID": other}
        await platform.post(f"{STORE}/related-elements", ends)
    related = f"{STORE}/related-elements/{guids[0]}/any-type"
    pages = [await platform.get(f"{related}?startFrom={start}&pageSize=1") for start in range(3)]
    found = [each["element"]["elementGUID"] for page in pages for each in _related(page)]
    assert found == guids[1:]
    assert (await platform.get(f"{related}?startingAtEnd=3"))["relatedHTTPCode"] == 400
