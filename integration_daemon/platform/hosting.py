"""Settings of the platform that every server uses."""

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from integration_daemon.config.platform_file import EMPTY, PlatformFile
from integration_daemon.supervision.tracing import RefreshTracing
from services.allowance import EVERYTHING, Allowance, targets_of
from services.client_certificate import ClientCertificate
from services.secret import Secret


class OwnAccess(msgspec.Struct):
    """The access of a server to another server of the same platform."""

    token: Secret
    url: str = ""
    """The platform's address; empty before the platform listens."""

    def leads_to(self, platform_url: str) -> bool:
        """True if the platform of a metadata server is this one."""
        own, other = urlsplit(self.url), urlsplit(platform_url)
        same_host = own.hostname == other.hostname or (own.hostname == "127.0.0.1" and other.hostname == "localhost")
        return bool(self.url) and same_host and (own.scheme, own.port) == (other.scheme, other.port)


class ServerTLS(msgspec.Struct, frozen=True):
    """The certificate files for connections to one metadata server."""

    ca_bundle: Path | None
    certificate: ClientCertificate | None = None


def tls_of(platform_url: str, file: PlatformFile, ca_bundle: Path | None) -> ServerTLS:
    """The certificate files for a metadata server: those of the platform file, or the bundle for all servers."""
    try:
        targets = targets_of(platform_url)
    except ValueError:
        targets = []
    for each in file.metadata_servers:
        if targets and all(target.host and each.endpoint.allows(target) for target in targets):
            bundle = ca_bundle if each.ca_bundle is None else Path(each.ca_bundle)
            if each.certificate is None or each.key is None:
                return ServerTLS(bundle)
            return ServerTLS(bundle, ClientCertificate(Path(each.certificate), Path(each.key)))
    return ServerTLS(ca_bundle)


class PlatformSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of the process, from its command line and its platform file."""

    data_directory: Path
    file: PlatformFile = EMPTY
    allowance: Allowance = EVERYTHING
    """The allowance of the platform file, with the symbolic links in its paths resolved."""
    ca_bundle: Path | None = None
    """Certificates to trust for metadata servers, in addition to those of the system."""
    console_on_stderr: bool = False
    """True: console destinations write to standard error, because standard output has another use."""
    own_access: OwnAccess | None = None
    tracing: RefreshTracing | None = None
    """Traces the refreshes; none: refreshes are not traced."""
    log_files: set[Path] = msgspec.field(default_factory=set)
    """The audit log files, outside the data directory, that documents of the command line have named so far."""
