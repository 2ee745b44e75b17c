"""The journal of systemd as a destination: a real journald receives the records."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs

from audit.batch import RecordBatch
from audit.destination import ALL_SEVERITIES, DestinationError, DestinationSettings, make_destination
from audit.destinations.journald import JournaldDestination
from audit.foreign import ShownError
from tests.audit.test_destinations import records
from tests.servers.journald import JournalServer, journal_server


@pytest.fixture(scope="module")
def journal() -> Iterator[JournalServer]:
    with journal_server() as server:
        yield server


def numbered(count: int, *, server: str) -> RecordBatch:
    """Records of a server of its own, numbered as those of a running log."""
    batch = records(count)
    for number, each in enumerate(batch.entries, 1):
        each.number = number
    return RecordBatch(batch.entries, structs.replace(batch.originator, server_name=server))


@pytest.fixture
def destination(journal: JournalServer) -> Iterator[JournaldDestination]:
    with closing(JournaldDestination(journal.namespace, severities=ALL_SEVERITIES)) as destination:
        yield destination


def test_a_record_is_an_entry_with_fields_that_can_be_searched(
    journal: JournalServer, destination: JournaldDestination
) -> None:
    batch = numbered(1, server="fields")
    destination.write(batch)

    (entry,) = journal.entries(1, SYSLOG_IDENTIFIER="fields", AUDIT_MESSAGE_ID=batch[0].message_id)
    assert entry["MESSAGE"] == f"{batch[0].message_id} {batch[0].message_text}"
    assert (entry["PRIORITY"], entry["AUDIT_SEVERITY"]) == ("6", "Shutdown")
    assert (entry["AUDIT_USER_ACTION"], entry["AUDIT_GUID"]) == (batch[0].user_action, batch[0].guid)
    assert "AUDIT_EXCEPTION_CLASS" not in entry


def test_a_text_cannot_imitate_another_field_or_entry(journal: JournalServer, destination: JournaldDestination) -> None:
    batch = numbered(1, server="imitated")
    batch.entries[0].parameters["daemon"] = "x\nPRIORITY=0\n\nMESSAGE=of somebody else"
    destination.write(batch)

    (entry,) = journal.entries(1, SYSLOG_IDENTIFIER="imitated")
    assert entry["PRIORITY"] == "6"
    assert "x\\nPRIORITY=0\\n\\nMESSAGE=of somebody else" in entry["MESSAGE"]


@pytest.mark.parametrize("lines", [1, 100_000])
def test_an_exception_has_its_stack_even_if_it_is_larger_than_a_datagram(
    journal: JournalServer, destination: JournaldDestination, lines: int
) -> None:
    batch = numbered(1, server=f"failed{lines}")
    stack = "\n".join(f"line {number}" for number in range(lines))
    batch.entries[0].error = ShownError("ValueError", "no such table", stack)
    destination.write(batch)

    (entry,) = journal.entries(1, SYSLOG_IDENTIFIER=f"failed{lines}")
    assert (entry["AUDIT_EXCEPTION_CLASS"], entry["AUDIT_EXCEPTION_MESSAGE"]) == ("ValueError", "no such table")
    assert entry["AUDIT_EXCEPTION_STACK"] == stack


def test_records_wait_for_a_journal_that_is_restarted_and_none_is_lost(
    journal: JournalServer, destination: JournaldDestination
) -> None:
    batch = numbered(3, server="restarted")
    journal.stop()
    with pytest.raises(OSError, match="refused"):
        destination.write(batch)
    journal.start()
    destination.write(batch)

    entries = journal.entries(3, SYSLOG_IDENTIFIER="restarted")
    assert sorted(each["AUDIT_GUID"] for each in entries) == [each.guid for each in batch]


def test_the_journal_is_a_destination_of_a_document(journal: JournalServer, tmp_path: Path) -> None:
    settings = DestinationSettings(provider="journald", address=journal.namespace)
    made = make_destination(settings, server_name="s", directory=tmp_path)
    made.write(numbered(2, server="named"))
    made.close()
    assert len(journal.entries(2, SYSLOG_IDENTIFIER="named")) == 2


def test_an_address_that_is_no_namespace_is_refused(tmp_path: Path) -> None:
    settings = DestinationSettings(provider="journald", address="../../tmp/socket")
    with pytest.raises(DestinationError, match="namespace of a journal"):
        make_destination(settings, server_name="s", directory=tmp_path)
