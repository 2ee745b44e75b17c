"""The common part of the client commands: the options that name a platform and a server, and the errors of requests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from integration_daemon.cli.failure import fail, wrong_usage
from integration_daemon.cli.no_answer import explain_no_answer
from integration_daemon.client import (
    ClientError,
    ConnectorsQuery,
    NoAnswerError,
    PlatformClient,
    ServerClient,
    Settings,
    WrongSettingError,
    open_platform,
)
from integration_daemon.client.settings import DEFAULT_URL, or_environment
from integration_daemon.supervision.messages import UNKNOWN_CONNECTOR
from services.metadata.messages import SERVER_NOT_AVAILABLE, SERVICE_NOT_AVAILABLE
from services.near_names import names_instead

OPERATOR = "operator"
"""The default user of requests."""
_NO_SUCH_SERVER = (SERVER_NOT_AVAILABLE.id, SERVICE_NOT_AVAILABLE.id)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Target:
    """The platform, server and user of a command; each also from an environment variable `INTEGRATION_DAEMON_...`."""

    url: Annotated[
        str | None,
        Parameter(
            help="The platform's address, or unix:PATH. Default: the Unix socket of the daemon in ./data, if it has "
            f"one, or else {DEFAULT_URL}."
        ),
    ] = None
    server: Annotated[str | None, Parameter(help="The server; default: the platform's only integration daemon.")] = None
    user: Annotated[str | None, Parameter(help=f"The user of the requests; default: {OPERATOR}.")] = None
    token: Annotated[
        str | None,
        Parameter(
            help="An API token; the environment variable INTEGRATION_DAEMON_TOKEN is safer. Default: the token of the "
            "local user, in ./data or in INTEGRATION_DAEMON_DATA_DIR."
        ),
    ] = None
    ca_bundle: Annotated[Path | None, Parameter(help="Certificates to trust, in addition to the system's.")] = None
    client_cert: Annotated[
        Path | None, Parameter(help="A client certificate with its chain (PEM), instead of a token.")
    ] = None
    client_key: Annotated[Path | None, Parameter(help="The key of the client certificate (PEM).")] = None


@asynccontextmanager
async def platform_of(target: Target | None) -> AsyncIterator[PlatformClient]:
    """A client of the platform of a command. A failed request within the context ends the command with one line."""
    given = target or Target()
    settings = Settings(
        url=given.url,
        user=or_environment(given.user, "USER") or OPERATOR,
        token=given.token,
        ca_bundle=given.ca_bundle,
        client_cert=given.client_cert,
        client_key=given.client_key,
    )
    try:
        async with open_platform(settings) as platform:
            try:
                yield platform
            except NoAnswerError as error:
                fail(await explain_no_answer(platform.url, error))
            except ClientError as error:
                instead = await _instead(platform, given, error)
                fail(" ".join(filter(None, (f"{error}. {error.definition.user_action}", instead))))
    except WrongSettingError as error:
        option = error.setting if error.setting.isupper() else f"--{error.setting.replace('_', '-')}"
        wrong_usage(f"{option}: {error.problem}")


@asynccontextmanager
async def daemon_of(target: Target | None) -> AsyncIterator[ServerClient]:
    """A client of the server of a command: the named server, or the only integration daemon of the platform."""
    async with platform_of(target) as platform:
        name = _server(target)
        yield await platform.daemon() if name is None else platform.server(name)


def _server(target: Target | None) -> str | None:
    return or_environment(target.server if target is not None else None, "SERVER")


async def _instead(platform: PlatformClient, target: Target, error: ClientError) -> str:
    """A sentence with the known names for an error about an unknown name; otherwise empty."""
    message_id, parameters = error.definition.id, error.parameters
    try:
        if message_id in _NO_SUCH_SERVER:
            servers = [each.name for each in (await platform.servers()).servers]
            return names_instead(str(parameters.get("server", "")), servers, kind=f"servers at {platform.url}")
        if message_id == UNKNOWN_CONNECTOR.id:
            name = _server(target)
            daemon = await platform.daemon() if name is None else platform.server(name)
            query = ConnectorsQuery()
            connectors = [each.connector_name async for each in daemon.every_connector(query)]
            return names_instead(str(parameters.get("connector", "")), connectors, kind="connectors")
    except ClientError:
        pass  # the caller may not list the names
    return ""
