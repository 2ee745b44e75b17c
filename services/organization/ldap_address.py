"""The address of a directory: `ldaps://host:636/dc=example,dc=org`."""

import ssl
from urllib.parse import unquote, urlsplit

import msgspec

from services.address_password import require_no_password
from services.allowance import Target, file_target, targets_of
from services.framework.context import IntegrationContext
from services.framework.settings import wrong_setting
from services.loopback import is_loopback
from services.organization.ldap_directory import ConnectionSettings


class Address(msgspec.Struct, frozen=True):
    """A server, the base entry, and the protection of the connection."""

    target: Target
    base: str
    tls: str
    """`none`, `start` or `all`."""
    ca_file: str | None

    def __str__(self) -> str:
        return str(self.target._replace(path=""))

    def connection_settings(self, timeout: float, user: str) -> ConnectionSettings:
        """The server and the connection settings, for the library."""
        host, port = self.target.host, self.target.port or 389
        return ConnectionSettings(host=host, port=port, tls=self.tls, ca_file=self.ca_file, timeout=timeout, user=user)


def address_of(context: IntegrationContext) -> Address:
    """The address of a connection; raises `ValueError` if it is invalid. May block.

    Raises `ConnectorConfigurationError` for an invalid `caFile`.
    """
    text = context.connection.address or ""
    require_no_password(text)
    if "@" in urlsplit(text).netloc:
        raise ValueError("it contains a user; write userId instead")
    parts = urlsplit(text)
    if parts.scheme not in ("ldap", "ldaps"):
        raise ValueError("it does not begin with ldap:// or ldaps://")
    if parts.query or parts.fragment or "," in parts.netloc:
        raise ValueError("it is not one host with an entry to begin at")
    (target,) = targets_of(text)
    base = unquote(parts.path.lstrip("/")).strip()
    if not base:
        raise ValueError("it names no entry to begin at, such as /dc=example,dc=org")
    tls = "all" if parts.scheme == "ldaps" else "start" if context.is_set("startTls") else "none"
    if tls == "none" and context.connection.clear_password is not None and not is_loopback(target.host):
        raise ValueError("a password is not sent without TLS; write ldaps:// or set startTls: true")
    if context.connection.user_id and context.connection.clear_password is None:
        raise ValueError("there is a userId without clearPassword; a server would take it for anonymous")
    return Address(target, base, tls, _authorities(context))


def _authorities(context: IntegrationContext) -> str | None:
    path = context.setting("caFile")
    if path is None:
        return None
    if not isinstance(path, str):
        raise wrong_setting(context, "caFile", "it is not the path of a file")
    context.require_allowed(file_target(path))
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        raise wrong_setting(context, "caFile", f"the certificates in {path} cannot be read: {cause}") from None
    return path
