"""The routes that issue tokens to clients of the ecosystem for a user and a password."""

import msgspec
from quart import request

from integration_daemon.rest.messages import NEW_PASSWORD_REFUSED
from integration_daemon.rest.query import FreeQuery
from integration_daemon.rest.route import Call, Route, Style, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError


class TokenRequestBody(msgspec.Struct, rename="camel"):
    """The credentials of a user."""

    user_id: str
    password: str
    """The password, or an API token."""
    new_password: str | None = None
    """Refused: passwords are changed on the machine of the platform."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


async def _create_token(call: Call) -> str:
    """Issue a token for a user and a password, as plain text. It is valid for an hour.

    An API token is accepted as the password of any user; the issued token has the same permissions. It becomes invalid
    at once when the user is removed or gets another password, or the API token is revoked.
    """
    if call.body.new_password is not None:
        raise InvalidParameterError(NEW_PASSWORD_REFUSED)
    return await call.access.token_for(request, call.body.user_id, call.body.password)


ROUTES: tuple[Route, ...] = tuple(
    post(
        template,
        _create_token,
        Permission.PUBLIC,
        ScopeRule.NONE,
        style=Style.NATIVE,
        query=FreeQuery,
        body=TokenRequestBody,
        body_required=True,
    )
    for template in ("/api/token", "/servers/{server}/api/token")
)
"""One route for the platform, and one for each server, which issues the same tokens."""
