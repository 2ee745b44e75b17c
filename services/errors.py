"""The errors a connector and its context may raise, one class for each remedy.

    DescribedError                      (audit.errors) id, text, system action, user action
     ├─ InvalidParameterError           a parameter or name is not valid: correct it
     ├─ ConnectorConfigurationError     the connector's configuration is wrong: change the document, restart
     │   └─ WrongConnectorClassError    the connector is not of its service's class
     ├─ UserNotAuthorizedError          not permitted: grant access, or change the permitted synchronization
     ├─ ThirdPartyUnavailableError      the third-party technology does not answer: restore it
     ├─ SpoolFullError                  there is no room for the event: send it again later
     └─ PropertyServerError             the metadata server refused or failed the request
         ├─ MetadataServerNotUnderstoodError   the answer has an unknown protocol: correct the URL or the name
         └─ MetadataServerUnavailableError   the server does not answer: restore it
             └─ MetadataServerNotRunningError    its platform answers, the server on it is not running

Any other exception that a connector raises is a defect of the connector.
"""

from typing import ClassVar

from audit.errors import DescribedError
from audit.message import ErrorMessage

_FFDC = "org.odpi.openmetadata.frameworks.connectors.ffdc."


class InvalidParameterError(DescribedError):
    """A parameter, or the server or element it names, is not valid. Correct it and try again."""

    exception_class_name: ClassVar[str] = _FFDC + "InvalidParameterException"


class ConnectorConfigurationError(DescribedError):
    """A connector cannot work as it is configured: wrong class, bad setting, missing directory."""

    exception_class_name: ClassVar[str] = _FFDC + "ConnectorCheckedException"


class WrongConnectorClassError(ConnectorConfigurationError):
    """A connector is configured under an integration service that it was not written for."""

    exception_class_name: ClassVar[str] = _FFDC + "InvalidParameterException"


class UserNotAuthorizedError(DescribedError):
    """The user, or the permitted synchronization of the connector, does not allow the operation."""

    exception_class_name: ClassVar[str] = _FFDC + "UserNotAuthorizedException"


class ThirdPartyUnavailableError(DescribedError):
    """The third-party technology did not answer, or closed the connection."""

    exception_class_name: ClassVar[str] = _FFDC + "ConnectorCheckedException"


class SpoolFullError(DescribedError):
    """A receiver has no room for an event at present. The sender keeps the event, and sends it again later."""

    exception_class_name: ClassVar[str] = _FFDC + "PropertyServerException"


class RefreshPostponedError(DescribedError):
    """A refresh did nothing because its third party is not available yet.

    Raised only by a connector's `refresh`. The connector does not fail, but the refresh does not count as successful.
    """

    exception_class_name: ClassVar[str] = _FFDC + "ConnectorCheckedException"


class PropertyServerError(DescribedError):
    """The metadata server could not carry out a request that was well formed and allowed."""

    exception_class_name: ClassVar[str] = _FFDC + "PropertyServerException"


class MetadataServerNotUnderstoodError(PropertyServerError):
    """The answering server is not a metadata server, or speaks another protocol."""


class MetadataServerUnavailableError(PropertyServerError):
    """The metadata server did not answer. `metadata_server` names it, so that one outage is one event."""

    def __init__(self, definition: ErrorMessage, /, *, metadata_server: str, **parameters: object) -> None:
        self.metadata_server = metadata_server
        super().__init__(definition, metadata_server=metadata_server, **parameters)


class MetadataServerNotRunningError(MetadataServerUnavailableError):
    """The platform answered that the metadata server is not running on it."""

    exception_class_name: ClassVar[str] = _FFDC + "InvalidParameterException"
