"""A client certificate of a trusted authority says who is calling, if there is a user of its name."""

import ssl
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trio
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from integration_daemon.config.load import convert
from integration_daemon.config.platform_file import MetadataServerTLS, PlatformFile
from integration_daemon.platform.hosting import tls_of
from integration_daemon.rest.serving import TLSFiles
from integration_daemon.security.authenticator import Authenticator
from integration_daemon.security.followed_list import POLL_INTERVAL
from integration_daemon.security.passwords import hashed
from integration_daemon.security.permissions import Role
from integration_daemon.security.scope import scope_of
from integration_daemon.security.users import UserFile
from services.allowance import EndpointPattern
from services.client_certificate import ClientCertificate
from services.errors import InvalidParameterError, UserNotAuthorizedError
from services.metadata.element import MetadataSource
from services.metadata.remote import open_remote_store
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT
from tests.integration_daemon.security.guarded import guarded

SERVERS = "/api/v1/servers"


class Authorities:
    """One that the platform trusts, one that it does not, and the platform's own."""

    def __init__(self, directory: Path) -> None:
        self.trusted, self.other, self._servers = trustme.CA(), trustme.CA(), trustme.CA()
        self.files = TLSFiles(directory / "cert.pem", directory / "key.pem", directory / "client-ca.pem")
        certificate = self._servers.issue_cert("127.0.0.1")
        certificate.cert_chain_pems[0].write_to_path(self.files.certificate)
        certificate.private_key_pem.write_to_path(self.files.key)
        assert self.files.client_ca is not None
        self.trusted.cert_pem.write_to_path(self.files.client_ca)
        self.bundle = directory / "servers-ca.pem"
        self._servers.cert_pem.write_to_path(self.bundle)

    def client(self, certificate: trustme.LeafCert | None = None, **options: Any) -> httpx2.AsyncClient:
        """A client, with a certificate."""
        context = ssl.create_default_context()
        self._servers.configure_trust(context)
        if certificate is not None:
            certificate.configure_cert(context)
        return httpx2.AsyncClient(verify=context, **options)


@pytest.fixture
def authorities(tmp_path: Path) -> Authorities:
    return Authorities(tmp_path)


def issued(authority: trustme.CA, name: x509.GeneralName) -> trustme.LeafCert:
    """A certificate with one alternative name, of whatever kind."""
    key = ec.generate_private_key(ec.SECP256R1())
    signed_by = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    certificate = (
        x509.CertificateBuilder(signed_by.subject, x509.Name([]), key.public_key(), x509.random_serial_number())
        .not_valid_before(signed_by.not_valid_before_utc)
        .not_valid_after(signed_by.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName([name]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key()), critical=False)  # type: ignore[arg-type]
        .sign(load_pem_private_key(authority.private_key_pem.bytes(), None), SHA256())  # type: ignore[arg-type]
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return trustme.LeafCert(private, certificate.public_bytes(Encoding.PEM), [])


def users_of(tmp_path: Path, *names: str) -> UserFile:
    file = UserFile(tmp_path / "data")
    for name in names:
        file.add(name, (Role.VIEWER,), None)
    return file


async def test_the_common_name_of_a_certificate_is_a_user(tmp_path: Path, authorities: Authorities) -> None:
    users_of(tmp_path, "exchange")
    certificate = authorities.trusted.issue_cert(common_name="exchange")
    async with guarded(tmp_path, tls=authorities.files) as platform, authorities.client(certificate) as client:
        assert (await client.get(platform.url + SERVERS)).status_code == 200
        refused = await client.post(platform.url + "/api/v1/connectors/refresh")
        assert refused.status_code == 403
        assert "The caller certificate exchange does not have the permission OPERATE" in refused.text


async def test_the_user_of_a_certificate_has_a_scope(tmp_path: Path, authorities: Authorities) -> None:
    UserFile(tmp_path / "data").add("exchange", (Role.VIEWER,), None, scope_of((), ("sales-*",)))
    certificate = authorities.trusted.issue_cert(common_name="exchange")
    async with guarded(tmp_path, tls=authorities.files) as platform, authorities.client(certificate) as client:
        listed = await client.get(platform.url + "/api/v1/servers/exchangeDL01/connectors")
        assert listed.json()["connectors"] == []
        assert (await client.get(platform.url + "/api/v1/connectors/monitor%200")).status_code == 403


async def test_a_daemon_shows_a_metadata_server_its_certificate(tmp_path: Path, authorities: Authorities) -> None:
    UserFile(tmp_path / "data").add("exchange", (Role.METADATA_WRITER,), None)
    issued = authorities.trusted.issue_cert(common_name="exchange")
    own = ClientCertificate(tmp_path / "own.pem", tmp_path / "own.key")
    issued.cert_chain_pems[0].write_to_path(own.certificate)
    issued.private_key_pem.write_to_path(own.key)
    async with guarded(tmp_path, tls=authorities.files) as platform:
        await platform.platform.start_server(convert(METADATA_SERVER_DOCUMENT, "test"))
        for certificate in (None, own):
            server = platform.url, "cocoMDS1", "npa", authorities.bundle
            async with open_remote_store(*server, certificate=certificate) as store:
                if certificate is None:
                    with pytest.raises(UserNotAuthorizedError):
                        await store.register_source(MetadataSource("landing"), user="npa")
                else:
                    assert await store.register_source(MetadataSource("landing"), user="npa")


@pytest.mark.parametrize(
    ("url", "bundle", "certificate"),
    [
        ("https://metadata.example.com:9443", "/etc/ca.pem", "/etc/own.pem"),
        ("https://metadata.example.com", "/all.pem", None),
        ("https://other.example.com:9443", "/other.pem", None),
        ("https://[", "/all.pem", None),
    ],
)
def test_a_metadata_server_has_the_certificates_of_its_endpoint(url: str, bundle: str, certificate: str | None) -> None:
    entries = (
        MetadataServerTLS(
            endpoint=EndpointPattern("metadata.example.com:9443"),
            ca_bundle="/etc/ca.pem",
            certificate="/etc/own.pem",
            key="/etc/own.key",
        ),
        MetadataServerTLS(endpoint=EndpointPattern("other.example.com"), ca_bundle="/other.pem"),
    )
    tls = tls_of(url, PlatformFile(metadata_servers=entries), Path("/all.pem"))
    shown = None if tls.certificate is None else str(tls.certificate.certificate)
    assert (str(tls.ca_bundle), shown) == (bundle, certificate)


@pytest.mark.parametrize(
    "name", [x509.UniformResourceIdentifier("spiffe://example.org/exchange"), x509.RFC822Name("erin@example.org")]
)
async def test_so_is_an_alternative_name(name: x509.GeneralName, tmp_path: Path, authorities: Authorities) -> None:
    users_of(tmp_path, name.value)
    certificate = issued(authorities.trusted, name)
    async with guarded(tmp_path, tls=authorities.files) as platform, authorities.client(certificate) as client:
        assert (await client.get(platform.url + SERVERS)).status_code == 200


async def test_clients_without_a_certificate_go_on_with_tokens(tmp_path: Path, authorities: Authorities) -> None:
    async with guarded(tmp_path, tls=authorities.files) as platform, authorities.client() as client:
        assert (await client.get(platform.url + SERVERS)).status_code == 401
        token = {"Authorization": f"Bearer {platform.tokens[Role.VIEWER]}"}
        assert (await client.get(platform.url + SERVERS, headers=token)).status_code == 200


async def test_a_certificate_of_no_user_is_refused_and_its_token_counts(
    tmp_path: Path, authorities: Authorities
) -> None:
    UserFile(tmp_path / "data").add("erin", (Role.VIEWER,), hashed("a password of erin's"))
    for name in ("exchange", "erin"):
        certificate = authorities.trusted.issue_cert(common_name=name)
        async with (
            guarded(tmp_path / name, tls=authorities.files) as platform,
            authorities.client(certificate) as client,
        ):
            refused = await client.get(platform.url + SERVERS)
            assert refused.status_code == 401
            assert f"its certificate is that of {name}, no user" in refused.text
            token = {"Authorization": f"Bearer {platform.tokens[Role.VIEWER]}"}
            assert (await client.get(platform.url + SERVERS, headers=token)).status_code == 200


async def test_a_certificate_of_another_authority_is_no_certificate(tmp_path: Path, authorities: Authorities) -> None:
    users_of(tmp_path, "exchange")
    certificate = authorities.other.issue_cert(common_name="exchange")
    async with guarded(tmp_path, tls=authorities.files) as platform, authorities.client(certificate) as client:
        with pytest.raises(httpx2.TransportError):
            await client.get(platform.url + SERVERS)


async def test_a_wrong_token_is_not_made_good_by_a_certificate(tmp_path: Path, authorities: Authorities) -> None:
    users_of(tmp_path, "exchange")
    certificate = authorities.trusted.issue_cert(common_name="exchange")
    async with guarded(tmp_path, tls=authorities.files) as platform, authorities.client(certificate) as client:
        wrong = await client.get(platform.url + SERVERS, headers={"Authorization": "Bearer idt_wrong"})
        assert wrong.status_code == 401


async def test_a_user_that_is_removed_is_refused_on_a_connection_that_is_open(
    tmp_path: Path, authorities: Authorities
) -> None:
    users = users_of(tmp_path, "exchange")
    certificate = authorities.trusted.issue_cert(common_name="exchange")
    async with guarded(tmp_path, tls=authorities.files) as platform, authorities.client(certificate) as client:
        link = (await client.post(platform.url + "/api/v1/console-links")).json()["path"]
        async with authorities.client() as browser:
            login = await browser.get(platform.url + link)
            browser.headers["X-Console-Key"] = login.headers["location"].partition("#key=")[2]
            assert (await browser.get(platform.url + SERVERS)).status_code == 200
            users.remove("exchange")
            with trio.fail_after(20 * POLL_INTERVAL):
                while (await client.get(platform.url + SERVERS)).status_code != 401:  # noqa: ASYNC110
                    await trio.sleep(0.02)
            assert (await browser.get(platform.url + SERVERS)).status_code == 401


async def test_a_user_with_a_certificate_has_no_password(tmp_path: Path) -> None:
    users = users_of(tmp_path, "exchange")
    with pytest.raises(InvalidParameterError, match="has a client certificate, and no password"):
        users.set_password("exchange", hashed("another password"))
    async with guarded(tmp_path) as platform:
        for password in ("", "a password"):
            answer = await platform.http.get(platform.url + SERVERS, auth=("exchange", password))
            assert answer.status_code == 401


def test_a_user_with_a_certificate_can_call_only_where_clients_are_asked_for_one(tmp_path: Path) -> None:
    users_of(tmp_path, "exchange")
    authenticator = Authenticator(tmp_path / "data")
    authenticator.open()
    assert authenticator.has_others(takes_certificates=True)
    assert not authenticator.has_others(takes_certificates=False)


async def test_authorities_that_cannot_be_read_keep_the_platform_from_starting(
    tmp_path: Path, authorities: Authorities
) -> None:
    assert authorities.files.client_ca is not None
    authorities.files.client_ca.write_text("no certificate")
    with pytest.RaisesGroup(InvalidParameterError, flatten_subgroups=True) as raised:
        async with guarded(tmp_path, tls=authorities.files):
            pass
    assert "The certificates of authorities in" in str(raised.value.exceptions)
