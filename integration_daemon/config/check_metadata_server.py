"""Checks the metadata servers of a document."""

from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from audit.masking import masked_text
from integration_daemon.config.check_secrets import clear_text, secret_problems
from integration_daemon.config.document import IntegrationGroupConfig, IntegrationServiceConfig
from integration_daemon.config.problem import Problem, ProblemSeverity

WARNING = ProblemSeverity.WARNING


def metadata_server_problems(config: IntegrationServiceConfig | IntegrationGroupConfig, path: str) -> Iterator[Problem]:
    """The problems of the metadata server of a service or a group."""
    url, name = config.omagserver_platform_root_url, config.omagserver_name
    if bool(url) != bool(name):
        missing = "omagserverName" if url else "omagserverPlatformRootURL"
        hint = "name the metadata server by both fields, or leave both out to use the embedded store"
        yield Problem(f"{path}.{missing}", "this field is required because the other one is given", hint)
    if url and masked_text(url) != url:
        yield clear_text(f"{path}.omagserverPlatformRootURL")
    token = config.metadata_server_token
    yield from secret_problems(token, f"{path}.metadataServerToken")
    yield from secret_problems(config.metadata_server_password, f"{path}.metadataServerPassword")
    parts = url_parts(url) if (token or config.metadata_server_password) is not None and url else None
    if parts is not None and parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        hint = "use https://: others can read it"
        text = "the token or the password is sent without TLS"
        yield Problem(f"{path}.omagserverPlatformRootURL", text, hint, WARNING)
    if url and not is_http_url(url):
        yield Problem(f"{path}.omagserverPlatformRootURL", f"{url!r} is not a URL", "such as https://localhost:9444")


def url_parts(url: str) -> SplitResult | None:
    """The parts of a URL; none for a malformed URL."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


def is_http_url(url: str) -> bool:
    """True for the URL of an HTTP server."""
    parts = url_parts(url)
    try:
        return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no such port
        return False
