"""The printed address works in a browser, although the platform listens on all addresses."""

import socket
from pathlib import Path

import pytest
import trustme

from integration_daemon.rest.serving import TLSFiles
from integration_daemon.rest.serving.shown_url import shown_url


def certificate_for(directory: Path, *hosts: str) -> TLSFiles:
    """A certificate for these hosts, with its key."""
    made = trustme.CA().issue_cert(*hosts)
    files = TLSFiles(directory / "cert.pem", directory / "key.pem")
    made.private_key_pem.write_to_path(files.key)
    for number, blob in enumerate(made.cert_chain_pems):
        blob.write_to_path(files.certificate, append=number > 0)
    return files


@pytest.mark.parametrize("listening", ["0.0.0.0", "[::]"])
@pytest.mark.parametrize(
    ("hosts", "shown"),
    [
        (("daemon.example.org", "localhost"), "daemon.example.org"),
        (("192.0.2.7", "daemon.example.org"), "daemon.example.org"),
        (("*.example.org", "192.0.2.7"), "192.0.2.7"),
        (("2001:db8::7",), "[2001:DB8:0:0:0:0:0:7]"),
        (("*.example.org",), socket.gethostname()),
    ],
)
def test_the_host_is_the_first_one_of_the_certificate(
    listening: str, hosts: tuple[str, ...], shown: str, tmp_path: Path
) -> None:
    tls = certificate_for(tmp_path, *hosts)
    assert shown_url(f"https://{listening}:9443", tls) == f"https://{shown}:9443"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9443", "http://[::1]:9443", "https://192.0.2.7:9443"])
def test_a_specific_address_is_shown_unchanged(url: str) -> None:
    assert shown_url(url, None) == url


def test_a_certificate_that_can_no_longer_be_read_is_ignored(tmp_path: Path) -> None:
    tls = certificate_for(tmp_path, "daemon.example.org")
    tls.certificate.unlink()
    assert shown_url("https://0.0.0.0:9443", tls) == f"https://{socket.gethostname()}:9443"
