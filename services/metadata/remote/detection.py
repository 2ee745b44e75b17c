"""Detection of the protocol of a metadata server, from the description of its platform."""

import re
from urllib.parse import quote

import httpx2

from services.errors import MetadataServerNotUnderstoodError
from services.metadata import messages
from services.metadata.remote.answers import Counterpart, request_error_text
from services.metadata.server_protocol import MetadataServerProtocol

_OURS = re.compile(r"\bIntegration Daemon \(Python")
_EGERIA = re.compile(r"\bEgeria OMAG Server Platform \(version (?P<version>(?P<generation>\d+)[^)]*)\)")
_GENERATIONS = {
    "4": MetadataServerProtocol.EGERIA_4,
    "5": MetadataServerProtocol.EGERIA_5,
    "6": MetadataServerProtocol.EGERIA_6,
}
_ELSEWHERE = (401, 403, 404)


async def ask_for_protocol(
    client: httpx2.AsyncClient, counterpart: Counterpart, user: str
) -> tuple[MetadataServerProtocol, str]:
    """The protocol of a metadata server, and its platform's name for itself.

    Raises `MetadataServerUnavailableError` if there is no response, and `MetadataServerNotUnderstoodError` if the
    response comes from a server that this program does not support.
    """
    services = f"{counterpart.platform_url}/open-metadata/platform-services"
    response = await _origin(client, counterpart, f"{services}/users/{quote(user, safe='')}")
    if response.status_code in _ELSEWHERE:
        response = await _origin(client, counterpart, services)  # Egeria 6; open to all users
    counterpart.require_answer(response)
    counterpart.raise_if_error(response.content, user)
    return _protocol_of(response, counterpart)


async def _origin(client: httpx2.AsyncClient, counterpart: Counterpart, services: str) -> httpx2.Response:
    try:
        return await client.get(f"{services}/server-platform/origin")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise counterpart.unavailable(request_error_text(error)) from error


def _protocol_of(response: httpx2.Response, counterpart: Counterpart) -> tuple[MetadataServerProtocol, str]:
    if found := _EGERIA.search(response.text):
        protocol = _GENERATIONS.get(found["generation"])
        if protocol is None:
            raise MetadataServerNotUnderstoodError(
                messages.GENERATION_NOT_SPOKEN,
                server=counterpart.server,
                url=counterpart.platform_url,
                version=found["version"],
            )
        return protocol, f"Egeria {found['version']}"
    if _OURS.search(response.text):
        return MetadataServerProtocol.BATCHES, "Integration Daemon"
    raise counterpart.not_understood(response.status_code, "it does not say that it is a platform of metadata servers")
