"""The routes by which a daemon of Egeria finds the topics of its metadata server. Servers of this program have none."""

from typing import NoReturn

from integration_daemon.rest.route import Call, Route, get
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError
from services.metadata.egeria.messages import NO_OUT_TOPIC


async def _out_topic(call: Call) -> NoReturn:
    """Answer that no topic exists; the caller's connectors are then refreshed on a schedule."""
    assert call.served_store is not None
    service, server = call.parameters["service"], call.parameters["server"]
    raise InvalidParameterError(NO_OUT_TOPIC, service=service, server=server)


_TOPIC = "/servers/{server}/open-metadata/access-services/{service}{users}/topics/out-topic-connection"

ROUTES: tuple[Route, ...] = tuple(
    get(template, _out_topic, Permission.READ_METADATA, ScopeRule.SERVER, answer="OCFConnectionResponse",
        action="getOutTopicConnection") for template in (_TOPIC, _TOPIC + "/{caller}")
)  # fmt: skip
