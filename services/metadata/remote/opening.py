"""Opening the store of a metadata server, with the protocol of the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from audit.log import AuditLog
from services.allowance import EVERYTHING, Allowance
from services.client_certificate import ClientCertificate
from services.metadata import messages
from services.metadata.remote.answers import Counterpart
from services.metadata.remote.batching_client import open_batching_client
from services.metadata.remote.client import open_metadata_client, require_allowed_server
from services.metadata.remote.detection import ask_for_protocol
from services.metadata.remote.egeria import DEFAULT_ACCESS_SERVICE, EgeriaStore
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
    certificate: ClientCertificate | None = None,
    protocol: MetadataServerProtocol | None = None,
    names: QualifiedNames = QualifiedNames.SERVER,
    access_service: str = DEFAULT_ACCESS_SERVICE,
    page_size: int = 0,
    log: AuditLog | None = None,
    allowance: Allowance = EVERYTHING,
) -> AsyncIterator[MetadataStore]:
    """The store of a metadata server, open until the block ends.

    `user` is the user of calls that do not name one; `token` and `certificate` authenticate the daemon at the metadata
    server. Without a `protocol`, the server is asked for it at its first use. `names`, `access_service` (whose zones
    apply) and `page_size` (0: the default) are for servers of Egeria.

    Raises `InvalidParameterError` for unreadable certificates, and for a server that the platform does not allow; no
    request is sent yet.
    """
    require_allowed_server(platform_url, server, allowance)
    counterpart = Counterpart(platform_url, server)
    async with (
        open_metadata_client(platform_url, ca_bundle, token, log, certificate=certificate) as http,
        open_batching_client(http, counterpart, user) as batching,
    ):
        stores: dict[MetadataServerProtocol, MetadataStore] = {
            MetadataServerProtocol.BATCHES: RemoteStore(batching),
            MetadataServerProtocol.EGERIA_4: EgeriaStore(
                http, counterpart, user, naming=names, access_service=access_service, page_size=page_size
            ),
        }

        async def negotiate() -> MetadataStore:
            spoken, name = await ask_for_protocol(http, counterpart, user)
            if log is not None:
                log.record(
                    messages.PROTOCOL_AGREED,
                    server=server,
                    url=counterpart.platform_url,
                    name=name,
                    protocol=spoken.value,
                )
            return stores[spoken]

        yield NegotiatedStore(negotiate) if protocol is None else stores[protocol]
