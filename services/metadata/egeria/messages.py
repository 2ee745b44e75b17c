"""Errors with the identifiers and inserts that programs of Egeria 4 recognize."""

from audit.message import ErrorMessage

TYPE_NOT_KNOWN = ErrorMessage(
    id="OMAG-COMMON-400-018",
    http_code=400,
    text="The type name {type_name}, passed on {method} of {service}, is not one that this server knows",
    system_action="The request is refused and has no effect.",
    user_action="Correct the name of the type.",
)

NAME_NOT_AVAILABLE = ErrorMessage(
    id="OMAG-COMMON-409-001",
    http_code=409,
    text="{method} of {service} cannot create an element of type {type_name}: its {property} must be unique, and "
    "{value} is that of another element",
    system_action="The request is refused and has no effect.",
    user_action="Look the element up by this name and change it, or give the new one another name.",
)

NOT_VISIBLE = ErrorMessage(
    id="OMAG-REPOSITORY-HANDLER-400-010",
    http_code=400,
    text="The {type_name} {guid}, read by {call} for {method}, is not visible to {user}: the effective time is {time}; "
    "the element is effective from {start} to {end}, has the classifications {classifications}, and the request has "
    "forLineage={for_lineage} and forDuplicateProcessing={for_duplicates}",
    system_action="The request is refused. An archived element is shown to requests with forLineage=true alone.",
    user_action="Ask with forLineage=true, if it is an archived element that is wanted.",
)

WRONG_TYPE = ErrorMessage(
    id="OMAG-REPOSITORY-HANDLER-404-001",
    http_code=404,
    text="{call} has found an element of type {actual_type} with the GUID {guid}, where {method} needs one of type "
    "{type_name}",
    system_action="The request is refused and has no effect.",
    user_action="Correct the GUID, or use the request for elements of this type.",
)

ELEMENT_NOT_KNOWN = ErrorMessage(
    id="OMAG-REPOSITORY-HANDLER-404-007",
    http_code=404,
    text="The {type_name} with the GUID {guid}, for {method} of {service} on server {server}, is not there: {cause}",
    system_action="The request is refused and has no effect.",
    user_action="Correct the GUID; the element may have been removed.",
)

RELATIONSHIP_NOT_KNOWN = ErrorMessage(
    id="OMAG-REPOSITORY-HANDLER-404-012",
    http_code=404,
    text="The {type_name} relationship with the GUID {guid}, for {method} of {service} on server {server}, is not "
    "there: {cause}",
    system_action="The request is refused.",
    user_action="Correct the GUID; the relationship may have been removed.",
)

REPOSITORY_REFUSED = ErrorMessage(
    id="OMAG-REPOSITORY-HANDLER-500-001",
    http_code=500,
    text="{problem}. So ended {method} of {service} on server {server}, with {exception} of {call}",
    system_action="The request is refused and has no effect.",
    user_action="Correct the problem that the first sentence names.",
)

NO_OUT_TOPIC = ErrorMessage(
    id="OMAG-COMMON-404-003",
    http_code=404,
    text="The {service} of server {server} has no out topic",
    system_action="The request is refused. This server sends no events; everything else is served.",
    user_action="Let the connector refresh itself on a schedule, or follow the feed of changes.",
)
