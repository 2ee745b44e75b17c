"""The error of a SCIM request that cannot be carried out."""

from audit.message import ErrorMessage
from services.errors import InvalidParameterError


class ScimRefusedError(InvalidParameterError):
    """A request of a SCIM client cannot be carried out; `scim_type` is the error type (RFC 7644, table 9)."""

    def __init__(self, definition: ErrorMessage, /, *, scim_type: str = "", **parameters: object) -> None:
        self.scim_type = scim_type
        super().__init__(definition, **parameters)
