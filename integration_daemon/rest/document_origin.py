"""The origin of a version that a request makes of a server's document."""

from integration_daemon.config.versions import How, Origin
from integration_daemon.rest.route import Call

LONGEST_NAME = 300
"""The largest number of characters of a name that is stored."""


def origin_of(call: Call, how: How, detail: str = "") -> Origin:
    """The origin of a version that a request makes."""
    caller = call.caller.name if call.caller is not None else ""
    return Origin(how=how, caller=caller[:LONGEST_NAME], user=call.user[:LONGEST_NAME], detail=detail)
