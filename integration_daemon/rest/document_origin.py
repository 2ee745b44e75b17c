"""By whom a request changes the document of a server."""

from integration_daemon.config.versions import How, Origin
from integration_daemon.rest.route import Call

LONGEST_NAME = 300
"""Characters of a name that are kept."""


def origin_of(call: Call, how: How, detail: str = "") -> Origin:
    """What the version tells that the request makes."""
    caller = call.caller.name if call.caller is not None else ""
    return Origin(how=how, caller=caller[:LONGEST_NAME], user=call.user[:LONGEST_NAME], detail=detail)
