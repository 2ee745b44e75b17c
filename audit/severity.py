"""The sixteen severities of an audit log record."""

from enum import Enum


class Severity(Enum):
    """The severity of a record, which tells an operator how to read the record.

    The ordinals and labels are those of Egeria's audit log framework; a record contains both (`severityCode`,
    `severity`), and a text line shows the label.
    """

    UNKNOWN = (0, "Unknown", "The severity was not set; this is a defect in the code that logged it.")
    INFORMATION = (1, "Information", "Normal operation.")
    EVENT = (2, "Event", "An event was sent to, or received from, another participant.")
    DECISION = (3, "Decision", "A decision was made about how the system operates.")
    ACTION = (4, "Action", "A situation that an administrator must investigate.")
    ERROR = (5, "Error", "An error that may restrict the system's operation.")
    EXCEPTION = (6, "Exception", "An unexpected exception; the record carries its class, text and stack.")
    SECURITY = (7, "Security", "Unauthorised access was attempted.")
    STARTUP = (8, "Startup", "A component is starting.")
    SHUTDOWN = (9, "Shutdown", "A component is stopping.")
    ASSET = (10, "Asset", "An auditable action was taken on an asset.")
    TYPES = (11, "Types", "Activity in the open metadata types.")
    COHORT = (12, "Cohort", "Registration information was exchanged with an open metadata cohort.")
    TRACE = (13, "Trace", "Additional detail for debugging; off by default.")
    PERFMON = (14, "PerfMon", "Timing information; off by default.")
    ACTIVITY = (15, "Activity", "A user's activity.")

    __hash__ = object.__hash__  # the hash of Enum is a Python function, and the severity of each record is looked up

    def __init__(self, ordinal: int, label: str, description: str) -> None:
        self.ordinal = ordinal
        self.label = label
        self.description = description

    @classmethod
    def from_label(cls, label: str) -> "Severity":
        """The severity whose label or name this is, in any case; raises `ValueError` naming the valid ones."""
        try:
            return _BY_LABEL[label.strip().lower()]
        except KeyError:
            valid = ", ".join(severity.label for severity in cls)
            raise ValueError(f"{label!r} is not a severity; the severities are {valid}") from None


_BY_LABEL = {severity.label.lower(): severity for severity in Severity} | {
    severity.name.lower(): severity for severity in Severity
}
_BY_LABEL["info"] = Severity.INFORMATION  # the name of this severity in Egeria's enum
