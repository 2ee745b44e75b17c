"""`run`: host servers until a signal."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from integration_daemon.cli.failure import fail
from integration_daemon.config.check import located
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.form import unknown_fields
from integration_daemon.config.formats import format_of
from integration_daemon.config.load import convert, decode_content, read_file
from integration_daemon.config.platform_file import default_platform_file, load_platform_file
from integration_daemon.config.quick_start import LANDING_AREA, quick_start_document
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.process import ProcessSettings, run_process
from integration_daemon.rest.serving import PassedSockets, TLSFiles, passed_sockets

_Stored = Annotated[
    bool, Parameter(help="Start the servers with documents in the data directory, which may have none.", negative="")
]
_Socket = Annotated[Path | None, Parameter(help="An additional Unix socket to listen on, for this user only.")]
_Authentication = Annotated[
    Literal["tokens", "none"],
    Parameter(help="The authentication of callers; none is possible on loopback addresses only."),
]


def run(
    *documents: Path,
    stored: _Stored = False,
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="Port to listen on; 0: any free one.")] = 9443,
    socket: _Socket = None,
    data_dir: Annotated[Path, Parameter(help="The directory of configuration documents and metadata.")] = Path("data"),
    platform_file: Annotated[
        Path | None,
        Parameter(help="The platform file; default: platform.yaml next to the data directory, if it exists."),
    ] = None,
    tls_cert: Annotated[Path | None, Parameter(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, Parameter(help="The key of the certificate (PEM).")] = None,
    tls_client_ca: Annotated[
        Path | None,
        Parameter(help="Authorities (PEM) that sign the certificates of clients; see user add --certificate."),
    ] = None,
    ca_bundle: Annotated[
        Path | None, Parameter(help="Certificates to trust for metadata servers, in addition to the system's.")
    ] = None,
    authentication: _Authentication = "tokens",
) -> None:
    """Host the servers that the documents describe, until SIGTERM or SIGINT.

    Without a document and --stored: a quick start that catalogues ./landing-area into a store in ./data.

    The sockets that systemd passes replace --host, --port and --socket.

    Exit status: 0 everything has stopped, 1 the program could not start or has failed, 2 wrong usage, 3 the process was
    ended because something had not stopped within stopDeadlineSeconds, 128 plus the signal's number after a second
    signal.
    """
    configs: list[tuple[OMAGServerConfig, Path | None]] = [(_load(path), path) for path in documents]
    passed = passed_sockets(os.environ)
    if passed.tcp is not None:
        host, port = passed.tcp.getsockname()[:2]
    file = load_platform_file(platform_file or default_platform_file(data_dir), is_named=platform_file is not None)
    settings = ProcessSettings(
        platform=PlatformSettings(data_directory=data_dir, ca_bundle=ca_bundle, file=file, allowance=file.allowance()),
        host=host,
        port=port,
        tls=_tls_files(tls_cert, tls_key, tls_client_ca),
        socket=_path_of(passed) or socket,
        passed=passed,
        stored=stored,
        authenticate=authentication == "tokens",
    )
    run_process(settings, configs if configs or stored else [(_quick_start(), None)], _ready)


def _path_of(passed: PassedSockets) -> Path | None:
    return None if passed.unix is None else Path(passed.unix.getsockname())


def _tls_files(certificate: Path | None, key: Path | None, client_ca: Path | None) -> TLSFiles | None:
    if (certificate is None) != (key is None):
        fail("--tls-cert and --tls-key belong together: give both or none")
    if client_ca is not None and certificate is None:
        fail("--tls-client-ca needs --tls-cert and --tls-key: without TLS, clients cannot present a certificate")
    return TLSFiles(certificate, key, client_ca) if certificate is not None and key is not None else None


def _load(path: Path) -> OMAGServerConfig:
    content, form = read_file(path), format_of(path.suffix)
    raw = decode_content(content, form, str(path))
    config = convert(raw, str(path))
    for problem in located(unknown_fields(raw, OMAGServerConfig), content, form):
        _print_line(problem.shown(path))
    return config


def _quick_start() -> OMAGServerConfig:
    LANDING_AREA.mkdir(exist_ok=True)
    _print_line(f"quick start: the files in ./{LANDING_AREA} are catalogued every minute")
    return quick_start_document()


def _ready(url: str, first_page: str) -> None:
    if sys.stderr.isatty():
        _print_line(f"ready: the console page is at {url}{first_page}")
    else:  # other users may read a log, and must not receive the link
        _print_line(f"ready: the console page is at {url}/")
        _print_line("a link that logs a browser in: integration-daemon console")


def _print_line(line: str) -> None:
    """Write a line to standard error, for the user who started the program."""
    print(f"integration-daemon: {line}", file=sys.stderr, flush=True)
