"""libpq, the client library of PostgreSQL: what its connection options lead to, and its error texts."""

from collections.abc import Mapping
from typing import Any

from services.allowance import Target, file_target, host_target

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
"""Options with which an address sends the passwords that stand in files of this machine to a host of its choice, or
writes a file of its choice."""


def require_harmless(options: Mapping[str, Any]) -> None:
    """Raise `ValueError` for options that no address may have, whatever the platform allows."""
    for name in _NEVER:
        if options.get(name):
            raise ValueError(f"it has the option {name}, which may send or write what is not in the document")


def libpq_targets(options: Mapping[str, Any]) -> list[Target]:
    """The hosts and files that connection options lead to.

    Raises `ValueError` for an option that may lead anywhere, as the name of a service does.
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
    """The port that libpq connects to. It takes `+5433` and ` 5433` for a number too, which nobody needs."""
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError(f"the port {text!r} is no number")
    return int(text) if text else PORT


def _target(host: str, port: int, path: str) -> Target:
    if host.startswith(("/", "@")):  # the directory of a Unix socket, or its abstract name
        return file_target(host) if host.startswith("/") else Target(path=host)
    return host_target(f"[{host}]" if ":" in host else host or "localhost", path, port)


def in_one_line(text: str) -> str:
    """An error text without line breaks and repetitions.

    Where libpq connects a second time by itself, without TLS for example, it reports each attempt on its own line, and
    often in the same words.
    """
    lines = text.removeprefix("connection failed: ").splitlines()
    return " ".join(" ".join(dict.fromkeys(line.strip() for line in lines)).split())
