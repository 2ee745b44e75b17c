"""libpq, the client library of PostgreSQL: the targets of its connection options, and its error texts."""

import os
from collections.abc import Mapping
from typing import Any

from services.allowance import Target, file_target, host_target
from services.errors import ConnectorConfigurationError
from services.messages import SERVICE_OF_ENVIRONMENT
from services.secret_sources.reading import require_allowed

PORT = 5432
_FILES = ("passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir")
_HARMLESS = """
user dbname password connect_timeout client_encoding options application_name fallback_application_name keepalives
keepalives_idle keepalives_interval keepalives_count tcp_user_timeout sslmode sslnegotiation sslcompression sslsni
sslcertmode ssl_min_protocol_version ssl_max_protocol_version requirepeer require_auth channel_binding gssencmode
krbsrvname target_session_attrs load_balance_hosts min_protocol_version max_protocol_version
"""
"""Options that lead to no host and no file."""
_NEVER = ("hostaddr", "passfile", "service", "servicefile", "sslkeylogfile")
"""Options with which an address could send passwords from files of this machine to a host of its choice, or write a
file of its choice."""
_SERVICE = "PGSERVICE"
_NO_FILE = "/dev/null/none"
"""A path that never exists."""
_OF_THIS_USER = ("gss", "sspi")
"""Authentication methods with which libpq logs on as the operating system user of the daemon."""
_FIRST_WITH_REQUIRE_AUTH = 160000
"""The first version of libpq that can refuse these methods."""


def require_harmless(options: Mapping[str, Any]) -> None:
    """Raise `ValueError` for options that are never allowed in an address."""
    for name in _NEVER:
        if options.get(name):
            raise ValueError(f"it has the option {name}, which may send or write what is not in the document")
    if options.get("gssencmode") not in (None, "", "disable") or _requires(options.get("require_auth")):
        raise ValueError("it asks for Kerberos, which would log on as the user that the daemon runs as")
    if ":" in str(options.get("sslkey") or ""):
        raise ValueError("the option sslkey is no path; libpq would load what stands before the colon as code")


def _requires(methods: Any) -> bool:
    return any(each.strip() in _OF_THIS_USER for each in str(methods or "").split(","))


def options_of_document(options: Mapping[str, Any], password: str | None) -> dict[str, Any]:
    """The connection options of a document with its password, completed so that libpq uses no other credentials.

    libpq would take a missing host, password or certificate key from the environment, `~/.pgpass` and `~/.postgresql`,
    so the author of a document could use the credentials of the daemon's own user. Settings of the environment that
    only make connections safer, such as `PGSSLMODE`, remain effective.

    Raises `ConnectorConfigurationError` if `PGSERVICE` is set, since no option overrides it, and for the file of a
    certificate key that documents may not read. Blocks.
    """
    from psycopg import pq  # an extra

    if os.environ.get(_SERVICE):
        raise ConnectorConfigurationError(SERVICE_OF_ENVIRONMENT, variable=_SERVICE)
    given = {name: value for name, value in options.items() if value not in (None, "")}
    if "sslkey" in given:
        require_allowed(f"file:{given['sslkey']}")
    without = {"host": "localhost", "hostaddr": "", "port": str(PORT), "passfile": _NO_FILE, "gssencmode": "disable"}
    without |= {} if "sslcert" in given else {"sslcert": _NO_FILE}
    without |= {} if "sslkey" in given else {"sslkey": _NO_FILE}
    if pq.version() >= _FIRST_WITH_REQUIRE_AUTH:
        methods = str(given.pop("require_auth", "") or os.environ.get("PGREQUIREAUTH", ""))
        refused = ",".join(f"!{each}" for each in _OF_THIS_USER)
        without["require_auth"] = (
            methods if methods and not methods.startswith("!") else f"{methods},{refused}".strip(",")
        )
    return {**without, **given, "password": password or ""}


def libpq_targets(options: Mapping[str, Any]) -> list[Target]:
    """The hosts and files that connection options lead to.

    Raises `ValueError` for an option with an unknown target, such as the name of a service.
    """
    given = {name: str(value) for name, value in options.items() if value not in (None, "")}
    unknown = given.keys() - {*_HARMLESS.split(), *_FILES, "host", "hostaddr", "port"}
    if unknown:
        raise ValueError(f"the option {min(unknown)} is not allowed where the platform bounds endpoints")
    ports = [_port(each) for each in given.get("port", "").split(",")]
    path = f"/{given['dbname']}" if "dbname" in given else ""
    targets = [file_target(given[name]) for name in _FILES if given.get(name, "system") != "system"]
    for name in ("host", "hostaddr"):
        for number, host in enumerate(given[name].split(",") if name in given else ()):
            port = ports[min(number, len(ports) - 1)]
            targets.append(_target(host, port, path))
    return targets if "host" in given or "hostaddr" in given else [*targets, Target("localhost", PORT, path)]


def _port(text: str) -> int:
    """The port that libpq connects to. libpq also accepts `+5433` and ` 5433`, which are refused here."""
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError(f"the port {text!r} is no number")
    return int(text) if text else PORT


def _target(host: str, port: int, path: str) -> Target:
    if host.startswith(("/", "@")):  # the directory of a Unix socket, or its abstract name
        return file_target(host) if host.startswith("/") else Target(path=host)
    return host_target(f"[{host}]" if ":" in host else host or "localhost", path, port)


def in_one_line(text: str) -> str:
    """An error text without line breaks and repetitions.

    If libpq makes several attempts, for example without TLS after one with TLS, it reports each on a line of its own,
    often with the same text.
    """
    lines = text.removeprefix("connection failed: ").splitlines()
    return " ".join(" ".join(dict.fromkeys(line.strip() for line in lines)).split())
