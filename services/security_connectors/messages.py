"""Errors of the built-in security connectors."""

from audit.message import ErrorMessage

USERS_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-161",
    http_code=400,
    text="The users and zones in {path} cannot be used: {problem}",
    system_action="The server does not start. One that runs already refuses its users until the document can be read.",
    user_action="Correct the document as the page on security describes.",
)
