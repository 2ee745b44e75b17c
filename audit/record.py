"""The record that every destination gets."""

import msgspec

from audit.log import Component


class Originator(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The server that owns the log."""

    server_name: str
    server_type: str
    organization_name: str | None = None


class AuditRecord(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, gc=False):
    """A record of the audit log. The field names are those of Egeria's audit log files."""

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


class NumberedRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record with its number in the log of this run."""

    number: int
    record: AuditRecord
    connector: str | None = None
    """The connector that the record is about, or that its message names."""
