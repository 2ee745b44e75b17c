"""OpenLineage events are decoded, and a wrong one names the place of the problem."""

import pytest

from services.errors import InvalidParameterError
from services.lineage.openlineage.events import Run, RunFacets, decode_event

WHOLE = b"""{"eventTime": "2026-11-26T02:47:46.036088Z", "eventType": "START", "producer": "https://example.com",
 "run": {"runId": "01a215c0", "facets": {"unknown": {"anything": [1]}}}, "job": {"namespace": "dbt", "name": "load"},
 "inputs": [{"namespace": "file", "name": "/data/a.csv"}], "outputs": null, "schemaURL": "https://openlineage.io"}"""


def test_an_event_is_understood_whatever_facets_it_has() -> None:
    event = decode_event(WHOLE)
    assert event.event_type == "START"
    assert event.run is not None
    assert event.run.run_id == "01a215c0"
    assert decode_event(WHOLE.replace(b"6088Z", b"6088")).microseconds == event.microseconds == 1795661266036088


@pytest.mark.parametrize(
    ("content", "place", "problem"),
    [
        (b"{", "$", "truncated"),
        (b"[]", "$", "Expected `object`"),
        (WHOLE.replace(b'"2026-11-26T02:47:46.036088Z"', b'"yesterday"'), "$.eventTime", "Invalid RFC3339"),
        (WHOLE.replace(b"2026-11-26T02:47:46.036088Z", b"0001-01-01T00:00:00+14:00"), "$.eventTime", "from 1970"),
        (WHOLE.replace(b"2026-11-26T02:47:46.036088Z", b"9999-12-31T23:59:59-14:00"), "$.eventTime", "to 9998"),
        (WHOLE.replace(b'"START"', b'"BEGIN"'), "$.eventType", "Invalid enum value"),
        (WHOLE.replace(b'"/data/a.csv"', b'""'), "$.inputs[0].name", "length >= 1"),
        (WHOLE.replace(b'"/data/a.csv"', rb'"a\u0000b"'), "$.inputs[0].name", "NUL"),
        (WHOLE.replace(b'"01a215c0"', rb'"\\\u0000"'), "$.run.runId", "NUL"),
        (WHOLE.replace(b'"dbt"', rb'"d\nbt"'), "$.job.namespace", "matching regex"),
        (WHOLE.replace(b'"job"', b'"jobs"'), "$.job", "a run is of a job"),
        (b'{"eventTime": "2026-11-26T02:47:46Z"}', "$", "neither job nor dataset"),
        (b'{"eventTime": "2026-11-26T02:47:46Z", "x": ' + b"[" * 100_000, "$", ""),
        (b"\xff", "$", ""),
        (WHOLE.replace(b'"anything"', b'"caf\xe9"'), "$", "can't decode byte 0xe9"),
        (WHOLE.replace(b'"anything"', b'"\xed\xa0\x80"'), "$.run.facets.unknown", "a surrogate that stands alone"),
        (WHOLE.replace(b'"/data/a.csv"', rb'"a\ud800b"'), "$.inputs[0].name", "a surrogate that stands alone"),
        (WHOLE.replace(b'"anything"', rb'"\udc00"'), "$.run.facets.unknown", "a surrogate that stands alone"),
    ],
)
def test_a_wrong_event_is_refused_with_the_place(content: bytes, place: str, problem: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        decode_event(content)
    assert refused.value.parameters["place"] == place
    assert problem in str(refused.value.parameters["problem"])


def test_a_backslash_before_what_would_be_a_nul_is_part_of_the_name() -> None:
    assert decode_event(WHOLE.replace(b'"01a215c0"', rb'"\\u0000"')).run == Run(run_id="\\u0000", facets=RunFacets())
