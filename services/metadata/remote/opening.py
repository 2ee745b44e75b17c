"""Opens the store of a metadata server, with the protocol of the server."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx2

from audit.log import AuditLog
from audit.message import AuditMessage
from services.allowance import EVERYTHING, Allowance
from services.client_certificate import ClientCertificate
from services.metadata import messages
from services.metadata.remote.answers import Counterpart
from services.metadata.remote.authentication import ConfiguredToken, Login, TokenOfPlatform
from services.metadata.remote.batching_client import open_batching_client
from services.metadata.remote.client import open_metadata_client, require_allowed_server
from services.metadata.remote.detection import ask_for_protocol
from services.metadata.remote.egeria import DEFAULT_ACCESS_SERVICE, EgeriaStore, Generation
from services.metadata.remote.negotiated import NegotiatedStore
from services.metadata.remote.store import RemoteStore
from services.metadata.server_protocol import MetadataServerProtocol, QualifiedNames
from services.metadata.store import MetadataStore
from services.secret import Secret


@asynccontextmanager
async def open_remote_store(
    platform_url: str,
    server: str,
    user: str,
    ca_bundle: Path | None = None,
    *,
    token: Secret | None = None,
    login: Login | None = None,
    certificate: ClientCertificate | None = None,
    protocol: MetadataServerProtocol | None = None,
    names: QualifiedNames = QualifiedNames.SERVER,
    access_service: str = DEFAULT_ACCESS_SERVICE,
    page_size: int = 0,
    log: AuditLog | None = None,
    allowance: Allowance = EVERYTHING,
) -> AsyncIterator[MetadataStore]:
    """The store of a metadata server, open until the end of the block.

    `user` is the user of calls that do not name one. `token` and `certificate` authenticate the daemon to the metadata
    server, as does `login`, for which the platform issues a token. Without a `protocol`, it is detected at the
    first use. `names`, `access_service` (whose zones apply) and `page_size` (0 for the default) are for servers of
    Egeria.

    Raises `InvalidParameterError` for unreadable certificates, and for a server that the platform does not allow; no
    request is sent yet.
    """
    require_allowed_server(platform_url, server, allowance)
    counterpart = Counterpart(platform_url, server)
    async with (
        open_metadata_client(
            platform_url, ca_bundle, _authentication(token, login, counterpart), log, certificate=certificate
        ) as http,
        open_batching_client(http, counterpart, user) as batching,
    ):
        egeria = partial(
            EgeriaStore, http, counterpart, user, naming=names, access_service=access_service, page_size=page_size
        )
        stores: dict[MetadataServerProtocol, MetadataStore] = {
            MetadataServerProtocol.BATCHES: RemoteStore(batching),
            MetadataServerProtocol.EGERIA_4: egeria(generation=Generation.EGERIA_4),
            MetadataServerProtocol.EGERIA_5: egeria(generation=Generation.EGERIA_5),
            MetadataServerProtocol.EGERIA_6: egeria(generation=Generation.EGERIA_6),
        }
        opening = _Agreement(counterpart, user, http, stores, log)
        if protocol is None:
            yield NegotiatedStore(opening.negotiate)
        else:
            opening.warn(protocol)
            yield stores[protocol]


class _Agreement:
    """The protocol of a server, and the audit records about it."""

    def __init__(
        self,
        counterpart: Counterpart,
        user: str,
        http: httpx2.AsyncClient,
        stores: Mapping[MetadataServerProtocol, MetadataStore],
        log: AuditLog | None,
    ) -> None:
        self._counterpart = counterpart
        self._user = user
        self._http = http
        self._stores = stores
        self._log = log

    async def negotiate(self) -> MetadataStore:
        """The store for the protocol that the server supports."""
        spoken, name = await ask_for_protocol(self._http, self._counterpart, self._user)
        self._record(messages.PROTOCOL_AGREED, spoken, name=name)
        self.warn(spoken)
        return self._stores[spoken]

    def warn(self, spoken: MetadataServerProtocol) -> None:
        """Record that a protocol is experimental, if it is."""
        if spoken.is_experimental:
            self._record(messages.PROTOCOL_EXPERIMENTAL, spoken)

    def _record(self, message: AuditMessage, spoken: MetadataServerProtocol, **inserts: str) -> None:
        if self._log is not None:
            place = {"server": self._counterpart.server, "url": self._counterpart.platform_url}
            self._log.record(message, **place, **inserts, protocol=spoken.value)


def _authentication(token: Secret | None, login: Login | None, counterpart: Counterpart) -> httpx2.Auth | None:
    if token is not None:
        return ConfiguredToken(token)
    return None if login is None else TokenOfPlatform(login, counterpart)
