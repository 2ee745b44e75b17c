"""Causes of connectors' problems: a cause that many connectors share is one incident. Decisions, without I/O."""

import re
from collections.abc import Iterator

import msgspec

from audit.masking import masked_text
from integration_daemon.supervision.connector.finding import Finding, Reason
from integration_daemon.supervision.recovery.failure import Failure, FailureKind

LONGEST_TITLE = 300
"""Greatest length of a title, in characters."""
_UNAVAILABLE = (FailureKind.THIRD_PARTY_UNAVAILABLE,)
_SERVER = re.compile(r"(?!file:)[a-z][\w+.-]*://|[\w.-]+:\d+$|[\w-]+(\.[\w-]+)+$")
"""Matches endpoints that are servers, not files."""
_NUMBERS = re.compile(r"\d+")
_PATHS = re.compile(r"(?<![\w/])(?:\.{0,2}/[^\s'\",;:]+)")

_MEANINGS = {
    Reason.NO_RECENT_SUCCESS: "no success for three intervals",
    Reason.REJECTED_ELEMENTS: "elements were rejected",
    Reason.HELD_DELETIONS: "deletions wait for a decision",
    Reason.REFRESH_LATE: "refreshes wait for their turn",
    Reason.BEHIND_INTERVAL: "refreshes take longer than their interval",
    Reason.FLAPPING: "connectors are restarted again and again",
}


class Cause(msgspec.Struct, frozen=True):
    """A cause, as a key: connectors with equal causes belong to the same incident."""

    kind: str
    subject: str = msgspec.field(name="what", default="")
    """The metadata server or the endpoint that is not available, or the message of a failure."""
    endpoint: str = msgspec.field(name="where", default="")
    """The endpoint of the connectors with this failure, if it is a server."""


class CauseDescription(msgspec.Struct, frozen=True):
    """A description of a cause for people."""

    title: str
    text: str
    """Problem of the first connector."""
    action: str

    @property
    def details(self) -> str:
        """The text, unless the title contains it."""
        return "" if self.text in self.title else self.text


def findings_with_causes(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """The findings that have a cause of their own; a lack of success has one only without another finding."""
    for finding in findings:
        if finding.reason is not Reason.NO_RECENT_SUCCESS or len(findings) == 1:
            yield finding


def cause_of(finding: Finding, failure: Failure | None, name: str, endpoint: str) -> Cause:
    """The cause of a finding at a connector with this name and this endpoint, which may be empty."""
    server = endpoint if _SERVER.match(endpoint) else ""
    if finding.reason is Reason.FAILED and failure is not None:
        if failure.metadata_server:
            return Cause("metadata server", failure.metadata_server)
        if failure.kind in _UNAVAILABLE and server:
            return Cause("endpoint", server)
        return Cause(failure.kind.value, _without_particulars(finding.text, name, endpoint), server)
    if finding.reason in (Reason.FAILED, Reason.REFRESH_WITHOUT_SUCCESS):
        return Cause(finding.reason.label, _without_particulars(finding.text, name, endpoint), server)
    return Cause(finding.reason.label)


def description_of(cause: Cause, finding: Finding, failure: Failure | None) -> CauseDescription:
    """The description of a cause, from the finding at one of its connectors."""
    if cause.kind == "metadata server":
        title = f"metadata server {cause.subject} is not available"
    elif cause.kind == "endpoint":
        title = f"{cause.subject} is not available"
    elif finding.reason in _MEANINGS:
        title = _MEANINGS[finding.reason]
    else:
        kind = f"failure of kind {failure.kind.value}" if failure is not None else "refresh without success"
        title = f"{kind}: {finding.text}"
    return CauseDescription(_line(title), finding.text, finding.action)


def _without_particulars(text: str, name: str, endpoint: str) -> str:
    """A message without the parts that differ between connectors: name, address, paths and numbers."""
    for particular in sorted(filter(None, (name, endpoint)), key=len, reverse=True):
        text = _without(text, particular)
    return _NUMBERS.sub("#", _PATHS.sub("*", text))


def _without(text: str, particular: str) -> str:
    """A text with a whole word replaced by `*`. A regular expression would have to be compiled for each connector."""
    before, *others = text.split(particular)
    for after in others:
        is_part_of_a_word = before[-1:].isalnum() or after[:1].isalnum()
        before += (particular if is_part_of_a_word else "*") + after
    return before


def _line(text: str) -> str:
    line = masked_text(" ".join(text.split()))
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
