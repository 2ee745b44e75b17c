"""The record that every destination gets: what one entry of the log has become."""

import itertools
import traceback
import uuid

import msgspec

from audit.errors import exception_class_name
from audit.log import Component, Entry
from audit.message import AuditMessage


class Originator(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The server whose log it is."""

    server_name: str
    server_type: str
    organization_name: str | None = None


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One record. The field names are those of the ecosystem's audit log files."""

    guid: str
    time_stamp: int
    """Milliseconds since the epoch."""
    originator_properties: Originator
    originator_component: Component
    severity_code: int
    severity: str
    message_id: str
    message_text: str
    message_parameters: list[str]
    system_action: str
    user_action: str
    exception_class_name: str | None = None
    exception_message: str | None = None
    exception_stack_trace: str | None = None


def record_of(entry: Entry, originator: Originator) -> AuditRecord:
    """Render an entry. Never raises: what cannot be rendered is shown as such in its place."""
    message = entry.message
    parameters = entry.parameters
    inserts = {name: _text(parameters[name]) if name in parameters else f"<no {name}>" for name in _names(message)}
    error = entry.error
    return AuditRecord(
        guid=f"{_GUID_OF_THIS_RUN}{next(_numbers):012x}",
        time_stamp=int(entry.time * 1000),
        originator_properties=originator,
        originator_component=entry.component,
        severity_code=message.severity.ordinal,
        severity=message.severity.label,
        message_id=message.id,
        message_text=message.render(inserts),
        message_parameters=list(inserts.values()),
        system_action=message.system_action,
        user_action=message.user_action,
        exception_class_name=exception_class_name(error) if error is not None else None,
        exception_message=_text(error) if error is not None else None,
        exception_stack_trace=_stack(error) if error is not None else None,
    )


_GUID_OF_THIS_RUN = str(uuid.uuid4())[:24]
_numbers = itertools.count(1)
"""A record's GUID is a random one whose last part counts: a fresh one for each would cost as much as the rest."""

_NAMES: dict[str, tuple[AuditMessage, tuple[str, ...]]] = {}


def _names(message: AuditMessage) -> tuple[str, ...]:
    """The inserts of a message; parsing the template again for each record would cost more than all the rest."""
    known = _NAMES.get(message.id)
    if known is None or known[0] is not message:
        known = _NAMES[message.id] = (message, message.parameter_names)
    return known[1]


def _text(value: object) -> str:
    if type(value) is str and value.isascii():
        return value
    if type(value) is int:
        return str(value)
    try:
        text = str(value)
    except Exception as error:  # a foreign object's own defect must not cost the record
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"
    # a file name that is not UTF-8 has lone surrogates, which no destination could encode
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _stack(error: BaseException) -> str:
    return _text("".join(traceback.format_exception(error)))
