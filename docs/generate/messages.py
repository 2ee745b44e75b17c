"""The page of messages, from the message catalogues."""

import re
from collections import defaultdict

from audit.catalogue import messages_in
from audit.message import AuditMessage, ErrorMessage, MessageDefinition
from docs.generate.markdown import literally, page
from services.registry import registered_services

_INTRODUCTION = """\
Every message has a unique identifier. This page lists the messages by identifier, each with the action of the system
and the recommended action of the operator or caller. `integration-daemon audit-log --explain ID` shows the same
information in a terminal.

An **audit log message** has a severity. An **error message** is the text of an error of a request or a connector; it
has an HTTP code, and answers with this error contain its system action and its user action. Names in braces are
replaced by values.
"""


def messages_page() -> str:
    """Every audit log message and every error message, by identifier."""
    groups: dict[str, list[MessageDefinition]] = defaultdict(list)
    for message in every_message():
        groups[_group_of(message.id)].append(message)
    parts = [part for name, group in groups.items() for part in (f"## {name}", *map(_one, group))]
    return page("Messages", _INTRODUCTION, *parts)


def every_message() -> list[MessageDefinition]:
    """The messages of the catalogues and those derived from the names of integration services, by identifier."""
    found = messages_in("audit", "services", "integration_daemon")
    for service in registered_services():
        if service.connector_class.__module__.startswith("services."):
            found |= {message.id: message for message in service.messages}
    return [found[identifier] for identifier in sorted(found)]


def _group_of(identifier: str) -> str:
    """The part of an identifier before its numbers."""
    return re.sub(r"(-\d+)+$", "", identifier)


def _one(message: MessageDefinition) -> str:
    match message:
        case AuditMessage():
            kind = f"Audit log message, severity {message.severity.label}"
        case ErrorMessage():
            kind = f"Error message, HTTP code {message.http_code}"
        case _:
            raise TypeError(f"{message.id} is of an unknown kind")
    return "\n\n".join(
        (
            f"### {message.id}",
            f"*{kind}.* {literally(message.text)}",
            f"System action\n: {literally(message.system_action)}",
            f"User action\n: {literally(message.user_action)}",
        )
    )
