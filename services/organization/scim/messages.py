"""Errors about requests of SCIM clients."""

from audit.message import ErrorMessage

VALUE_NOT_UNDERSTOOD = ErrorMessage(
    id="SCIM-RECEIVER-400-001",
    http_code=400,
    text="The value of {attribute} is not usable: {problem}",
    system_action="Nothing is changed.",
    user_action="Correct the mapping of this attribute at the identity provider.",
)

FILTER_NOT_UNDERSTOOD = ErrorMessage(
    id="SCIM-RECEIVER-400-002",
    http_code=400,
    text="The filter is not usable: {problem}",
    system_action="Nothing is searched.",
    user_action='Send a filter of RFC 7644, section 3.4.2.2, such as userName eq "ann@example.org".',
)

PATH_NOT_UNDERSTOOD = ErrorMessage(
    id="SCIM-RECEIVER-400-003",
    http_code=400,
    text="The path {path} of a change is not usable: {problem}",
    system_action="Nothing is changed.",
    user_action='Send a path of RFC 7644, section 3.5.2, such as emails[type eq "work"].value.',
)

BODY_NOT_A_RESOURCE = ErrorMessage(
    id="SCIM-RECEIVER-400-004",
    http_code=400,
    text="The body is not usable: {problem}",
    system_action="Nothing is changed.",
    user_action="Send a resource, or a list of changes, in JSON as RFC 7644 describes it.",
)

TOO_MUCH_TO_SEARCH = ErrorMessage(
    id="SCIM-RECEIVER-400-005",
    http_code=400,
    text="The filter needs more than {most} comparisons",
    system_action="The search was ended.",
    user_action="Search for an id, an externalId, a userName or a displayName with eq, which are found by an index.",
)

NO_SUCH_RESOURCE = ErrorMessage(
    id="SCIM-RECEIVER-404-001",
    http_code=404,
    text="There is no resource {id} in {kind}",
    system_action="Nothing is changed.",
    user_action="Have the identity provider create it, or search for it by its name.",
)

NAME_TAKEN = ErrorMessage(
    id="SCIM-RECEIVER-409-001",
    http_code=409,
    text="Another user has the name {name}",
    system_action="Nothing is changed.",
    user_action="Have the identity provider use the existing user, or give the new user another userName.",
)

VERSION_CHANGED = ErrorMessage(
    id="SCIM-RECEIVER-412-001",
    http_code=412,
    text="The resource {id} has been changed since the version {version}",
    system_action="Nothing is changed.",
    user_action="Read the resource again, and send the change with its present version.",
)

NOT_OFFERED = ErrorMessage(
    id="SCIM-RECEIVER-501-001",
    http_code=501,
    text="The receiver does not search users and groups together, and takes no bulk requests",
    system_action="Nothing is done.",
    user_action="Use the endpoints Users and Groups. The ServiceProviderConfig lists the supported features.",
)
