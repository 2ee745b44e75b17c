"""Messages about OpenLineage events."""

from audit.message import ErrorMessage

EVENT_NOT_UNDERSTOOD = ErrorMessage(
    id="OPENLINEAGE-400-001",
    http_code=400,
    text="The OpenLineage event is not valid at {place}: {problem}",
    system_action="The event is not catalogued.",
    user_action="Correct the producer of the event, or the event itself, and send it again. The form of an event is "
    "that of the OpenLineage specification: https://openlineage.io/spec/2-0-2/OpenLineage.json",
)
