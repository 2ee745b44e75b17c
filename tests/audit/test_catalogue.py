"""The message catalogue: every message is complete and has a unique id."""

import importlib
import pkgutil

from audit.catalogue import messages_in
from audit.message import AuditMessage, MessageDefinition

PACKAGES = ("audit", "services", "integration_daemon")


def test_every_message_has_a_system_action_and_a_user_action() -> None:
    for message in messages_in(*PACKAGES).values():
        assert message.text, message.id
        assert message.system_action, message.id
        assert message.user_action, message.id
        assert "{" not in message.system_action + message.user_action, f"{message.id}: actions have no inserts"


def test_message_ids_are_unique() -> None:
    seen: dict[str, MessageDefinition] = {}
    for package in PACKAGES:
        for info in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
            if info.name.endswith(".messages"):
                for value in vars(importlib.import_module(info.name)).values():
                    if isinstance(value, MessageDefinition):
                        assert seen.setdefault(value.id, value) is value, value.id
    assert len(seen) > 80


def test_the_catalogue_has_the_messages_of_the_page() -> None:
    known = messages_in(*PACKAGES)
    for number in ("0001", "0008", "0013", "0031", "0040", "0041"):
        assert isinstance(known[f"INTEGRATION-DAEMON-SERVICES-{number}"], AuditMessage)
    assert "OMAG-MULTI-TENANT-404-001" in known
