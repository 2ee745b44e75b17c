"""The platform file: the security settings of the machine's administrator, next to the data directory.

It is read once, at start, and no route writes it: a user who may send documents to the platform cannot change it.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec

from integration_daemon.config import messages
from integration_daemon.config.address_range import AddressRange
from integration_daemon.config.check import located
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.form import unknown_fields
from integration_daemon.config.formats import format_of
from integration_daemon.config.limits import USUAL, Limits
from integration_daemon.config.load import ConfigurationError, decode, read_file, without_nulls
from integration_daemon.config.problem import Problem
from integration_daemon.config.pruning import Pruning
from integration_daemon.security.grants import CallerGrant
from integration_daemon.security.openid_connect.settings import OpenIdConnect
from services.allowance import Allowance, EndpointPattern
from services.host_pattern import HostPattern

FILE_NAME = "platform.yaml"
Name = Annotated[str, msgspec.Meta(min_length=1)]
AbsolutePath = Annotated[str, msgspec.Meta(pattern="^/")]
AlertCommand = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class MetadataServerTLS(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The certificates that the platform trusts and presents when it connects to a metadata server over TLS."""

    endpoint: EndpointPattern
    """The metadata servers of this entry: `host` or `host:port`, as in `allowedEndpoints`."""
    ca_bundle: AbsolutePath | None = None
    """A file of certificates (PEM) to trust in addition to those of the system; it replaces that of `--ca-bundle`."""
    certificate: AbsolutePath | None = None
    """The certificate of this platform, with its chain (PEM)."""
    key: AbsolutePath | None = None
    """The private key of the certificate (PEM), without a passphrase."""

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together: give both or none")


class PlatformFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The platform: the whole file. Every field may be left out."""

    allowed_hosts: tuple[HostPattern, ...] | None = None
    """Names that the header `Host` of a request may have, without a port, in addition to `localhost`, loopback
    addresses and the address that the request was sent to: `daemon.example.com`, or `*.example.com` for all names below
    a domain. A platform behind a proxy that passes `Host` on needs them. With this field, requests over TLS need one of
    these names, too; none: requests over TLS may have any name."""
    grants: tuple[CallerGrant, ...] = ()
    """Additional roles of callers."""
    open_id_connect: OpenIdConnect | None = None
    """The issuer whose JSON Web Tokens authenticate callers; none: no JSON Web Token is accepted."""

    trusted_proxies: tuple[AddressRange, ...] = ()
    """Addresses or networks, such as `10.0.0.0/8`, of proxies in front of the platform. The headers `X-Forwarded-For`,
    `X-Forwarded-Proto` and `X-Forwarded-Host` of these proxies are trusted; those of others are ignored."""
    limits: Limits = USUAL
    """The limits of the platform for its clients."""
    allowed_connectors: tuple[Name, ...] | None = None
    """Shell patterns of the connector classes that documents may name: of entry points such as `data-files-monitor`, of
    Java provider classes, or of classes such as `example.connectors.*`; none: every class is allowed. Audit log
    destinations that other packages provide need to match, too."""
    allowed_endpoints: tuple[EndpointPattern, ...] | None = None
    """The endpoints that documents may name, for connectors, metadata stores and metadata servers: `host`, `host:port`,
    `host:port/path`, or the `/path` of a file or directory; none: every endpoint is allowed. A host may be `*`, or
    begin with `*.`, and a path stands for all that is below it."""
    metadata_servers: tuple[MetadataServerTLS, ...] = ()
    """Certificates for metadata servers over TLS. The first entry that matches the endpoint of a server applies. The
    files are read again when they change."""
    alert_commands: tuple[AlertCommand, ...] = ()
    """The commands that documents may name as receivers of alerts, each a list: the path of a program and all of its
    arguments, exactly as in the document; none: no command is allowed."""
    log_directories: tuple[AbsolutePath, ...] = ()
    """Directories, in addition to that of the server's own logs, in which a document from REST may place files of the
    audit log. Documents of the command line may name any file."""
    secret_directories: tuple[AbsolutePath, ...] = ()
    """Additional directories in which the references `file:PATH` of documents may name files."""
    secret_variables: tuple[Name, ...] | None = None
    """Shell patterns of the environment variables that the references `env:NAME` of documents may name; none: every
    variable, except those that give access to a vault."""

    def allowance(self) -> Allowance:
        """The allowance for documents, with the symbolic links in paths resolved as they are now. Blocks."""
        endpoints = self.allowed_endpoints
        return Allowance(
            connectors=self.allowed_connectors,
            endpoints=None if endpoints is None else tuple(each.resolved() for each in endpoints),
            alert_commands=self.alert_commands,
        )


EMPTY = PlatformFile()


def default_platform_file(data_directory: Path) -> Path:
    """The default path of the platform file, next to the data directory."""
    return Path(os.path.abspath(data_directory)).parent / FILE_NAME


def load_platform_file(path: Path, *, is_named: bool) -> PlatformFile:
    """Load the platform file. A missing file counts as empty, unless a user has named it. Blocks.

    Raises `ConfigurationError` for a file that cannot be read, or that may not belong to an administrator, and for a
    file with problems; the error names all problems.
    """
    if not is_named and not os.path.lexists(path):
        return EMPTY
    content, form = read_file(path), format_of(path.suffix)
    if problem := _ownership_problem(path, is_named=is_named):
        raise ConfigurationError(messages.PLATFORM_FILE_NOT_TRUSTED, path=path, problem=problem)
    file, problems = _checked(decode(content, form, str(path)))
    if problems or file is None:
        lines = [problem.shown(path) for problem in located(problems, content, form)]
        raise ConfigurationError(messages.PLATFORM_FILE_NOT_USABLE, problems="; ".join(lines))
    return file


def _ownership_problem(path: Path, *, is_named: bool) -> str:
    """The reason why the file may not belong to an administrator; empty if it does.

    The author of the file controls the platform, and in a directory such as `/tmp` any user can create the file.
    """
    found = path.stat()
    if found.st_mode & stat.S_IWOTH:
        return "every user of this machine can write it"
    owners = {found.st_uid, path.lstat().st_uid}
    return "" if is_named or owners <= {0, os.geteuid()} else "it belongs to another user"


def check_platform_file(raw: Any) -> list[Problem]:
    """All problems of the file's plain content."""
    return _checked(raw)[1]


def is_platform_file(path: Path, raw: Any) -> bool:
    """True for a platform file, recognized by its name or by its fields."""
    if isinstance(raw, dict) and "localServerName" in raw:
        return False
    own = {field.encode_name for field in msgspec.structs.fields(PlatformFile)}
    others = {field.encode_name for field in msgspec.structs.fields(OMAGServerConfig)}
    return path.stem == Path(FILE_NAME).stem or (isinstance(raw, dict) and bool(raw.keys() & (own - others)))


def _checked(raw: Any) -> tuple[PlatformFile | None, list[Problem]]:
    """The file, and its problems; an empty file has no fields.

    A field without a value is a problem here: it would count as left out, which may allow everything.
    """
    nulls = [Problem(path, "this field has no value", "give it one, or leave it out") for path in _nulls(raw)]
    raw = {} if raw is None else without_nulls(raw)
    if not isinstance(raw, dict):
        return None, [Problem("$", "a platform file is an object", "begin it with one of its fields")]
    hints = {each.path: each.hint for each in unknown_fields(raw, PlatformFile)}
    pruned = Pruning(raw, PlatformFile)
    problems = [msgspec.structs.replace(each, hint=hints.get(each.path, each.hint)) for each in pruned.problems]
    return pruned.config, [*nulls, *problems]


def _nulls(raw: Any, path: str = "$") -> Iterator[str]:
    """The places of values that are null, below the top."""
    items = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    for key, value in items:
        place = f"{path}.{key}" if isinstance(raw, dict) else f"{path}[{key}]"
        if value is None:
            yield place
        yield from _nulls(value, place)
