"""The properties of an element that are exchanged with a catalogue."""

from services.catalog.synchronization.shared import Shared

SHARED = Shared("iceberg:", ("nessie.",))


def test_a_property_without_a_value_is_no_property() -> None:
    properties = {"description": None, "additionalProperties": {"owner": "erin", "retention": None, "empty": ""}}
    assert SHARED.of_element(properties) == {"owner": "erin", "empty": ""}


def test_secrets_and_properties_of_the_server_and_of_the_connector_are_not_exchanged() -> None:
    further = {"iceberg:uuid": "1", "nessie.commit": "2", "open-metadata.digest": "3", "password": "4", "comment": "5"}
    assert SHARED.of_element({"description": "All", "additionalProperties": further}) == {"comment": "All"}
