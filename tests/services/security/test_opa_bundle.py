"""Bundles of the Open Policy Agent: what is in them, who decides what with them, and when they change."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.errors import ConnectorConfigurationError, InvalidParameterError
from services.framework.connection import Connection, Endpoint
from services.framework.dry_run import dry_run
from services.metadata.changes import Declassify
from services.metadata.mapping import to_put
from services.metadata.types.files import CSVFile
from services.secret import Secret
from services.security.opa import opa_bundle
from services.security.opa.opa_bundle import OPABundle
from services.testing.running import RunningConnector, running_connector
from tests.services.security.bundles import allows, revision, unpacked
from tests.services.security.protected import (
    FILE,
    NAME,
    TABLE,
    WARD,
    apply,
    classify,
    database,
    file,
    fill,
    protections,
)

SECRET = "0123456789abcdef0123456789abcdef"


def connection(path: Path | None, key: str | None = None, **settings: Any) -> Connection:
    return Connection(
        endpoint=None if path is None else Endpoint(address=str(path)),
        configuration_properties=settings,
        secured_properties=None if key is None else {"signingKey": Secret(key)},
    )


@asynccontextmanager
async def running(directory: Path, connected: Connection | None = None) -> AsyncIterator[RunningConnector]:
    async with running_connector(
        OPABundle, directory, connection=connected or connection(directory / "b.tar.gz")
    ) as found:
        yield found


async def bundle_of(directory: Path, connected: Connection | None = None) -> dict[str, bytes]:
    """The bundle of the whole hospital."""
    async with running(directory, connected) as work:
        await fill(work.store)
        await work.refresh()
    return unpacked(directory / "b.tar.gz")


async def test_a_bundle_has_what_is_said_of_each_element_and_of_its_parents(tmp_path: Path) -> None:
    bundle = await bundle_of(tmp_path)

    assert list(bundle) == [".manifest", "data.json", "open_metadata/access/access.rego"]
    assert msgspec.json.decode(bundle[".manifest"])["roots"] == ["open_metadata/elements", "open_metadata/access"]
    elements = msgspec.json.decode(bundle["data.json"])["open_metadata"]["elements"]
    assert set(elements) == {TABLE, NAME, FILE}
    assert elements[NAME] == {
        "typeName": "RelationalColumn",
        "displayName": "name",
        "parents": [TABLE, "DeployedDatabaseSchema::pg::hospital::public", "Database::pg::hospital"],
        "confidentialityLevel": 3,
        "confidentialityStatus": 1,
        "securityLabels": ["PII"],
        "accessGroups": {"doctors": ["read"]},
    }
    assert (elements[FILE]["zones"], elements[FILE]["owner"]) == (["trials"], "tessa")


async def test_the_policy_of_a_bundle_decides_by_the_nearest_element_that_names_groups(tmp_path: Path) -> None:
    await bundle_of(tmp_path)
    bundle = tmp_path / "b.tar.gz"

    assert allows(bundle, "doctors", "read", NAME)
    assert not allows(bundle, "nurses", "read", NAME)
    assert not allows(bundle, "doctors", "write", NAME)
    assert allows(bundle, "nurses", "read", TABLE)
    assert allows(bundle, "nurses", "read", WARD, TABLE)
    assert not allows(bundle, "nurses", "read", WARD)
    assert not allows(bundle, "doctors", "read", FILE)
    assert not allows(bundle, "doctors", "read", NAME + "x")


async def test_the_parents_that_a_caller_names_are_of_no_use_where_they_are_known(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await apply(work.store, *database())
        await apply(work.store, *file())
        await apply(work.store, *protections(), classify(WARD, "SecurityTags", securityLabels=["x"]))
        await work.refresh()

    assert allows(tmp_path / "b.tar.gz", "nurses", "read", WARD)
    assert not allows(tmp_path / "b.tar.gz", "nurses", "read", FILE, TABLE)


async def test_an_element_that_cannot_be_read_is_reported_and_open_to_nobody(tmp_path: Path) -> None:
    async with running(tmp_path) as work:
        await fill(work.store)
        await apply(work.store, classify(TABLE, "Confidentiality", levelIdentifier="high"))
        await work.refresh()
        (said,) = [each for each in work.messages if each.startswith("PROTECTION-EXPORT-0002")]

    assert "Confidentiality.levelIdentifier" in said
    assert TABLE in said
    assert not allows(tmp_path / "b.tar.gz", "nurses", "read", TABLE)
    assert not allows(tmp_path / "b.tar.gz", "doctors", "read", NAME)


async def test_an_unchanged_bundle_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "b.tar.gz"
    await bundle_of(tmp_path)
    before, content = path.stat(), path.read_bytes()
    async with running(tmp_path) as work:
        await work.refresh()
        assert not any(each.startswith("PROTECTION-EXPORT-0001") for each in work.messages)
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)

        await apply(work.store, Declassify(qualified_name=NAME, classification="SecurityTags"))
        await work.refresh()
        assert any(each.startswith("PROTECTION-EXPORT-0001") for each in work.messages)
    assert revision(path) != revision(content)
    assert allows(path, "nurses", "read", NAME)


@pytest.mark.parametrize("old", [None, b"an old bundle"])
async def test_a_served_bundle_that_was_lost_or_set_back_is_written_again(old: bytes | None, tmp_path: Path) -> None:
    async with running(tmp_path, connection(None, bundleName="trials")) as work:
        await fill(work.store)
        await work.refresh()
        path = tmp_path / "security-integrator" / "bundles" / "trials.tar.gz"
        content = path.read_bytes()
        path.unlink()
        bundles = work.connector.context.resources
        with pytest.raises(InvalidParameterError):
            await bundles.opened("trials")
        if old is not None:
            path.write_bytes(old)
        await work.refresh()
        assert path.read_bytes() == content


async def test_the_same_content_makes_the_same_bytes_in_whatever_order_it_came(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    await bundle_of(tmp_path)
    async with running(tmp_path / "other") as work:
        await apply(work.store, *file(), source="landing")
        await apply(work.store, *database(), source="monitor")
        await apply(work.store, *reversed(protections()))
        await work.refresh()

    assert (tmp_path / "other" / "b.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()


async def test_a_parent_that_is_not_selected_still_protects_what_is(tmp_path: Path) -> None:
    only_columns = connection(tmp_path / "b.tar.gz", elementType="RelationalColumn")
    bundle = await bundle_of(tmp_path, only_columns)

    elements = msgspec.json.decode(bundle["data.json"])["open_metadata"]["elements"]
    assert set(elements) == {NAME, TABLE}


async def test_a_bundle_can_have_data_alone(tmp_path: Path) -> None:
    bundle = await bundle_of(tmp_path, connection(tmp_path / "b.tar.gz", policy=False))

    assert list(bundle) == [".manifest", "data.json"]
    assert msgspec.json.decode(bundle[".manifest"])["roots"] == ["open_metadata/elements"]


def rsa_key() -> tuple[str, Any]:
    key = generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key()


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
async def test_a_signature_covers_every_file(algorithm: str, tmp_path: Path) -> None:
    private, public = rsa_key() if algorithm == "RS256" else (SECRET, SECRET)
    bundle = await bundle_of(tmp_path, connection(tmp_path / "b.tar.gz", private, keyId="hospital"))
    (token,) = msgspec.json.decode(bundle.pop(".signatures.json"))["signatures"]

    signed = jwt.decode(token, public, algorithms=[algorithm])
    assert jwt.get_unverified_header(token)["kid"] == "hospital"
    assert {each["name"]: each["hash"] for each in signed["files"]} == {
        name: sha256(content).hexdigest() for name, content in bundle.items()
    }


async def test_a_bundle_that_is_signed_by_another_key_is_written_again(tmp_path: Path) -> None:
    await bundle_of(tmp_path, connection(tmp_path / "b.tar.gz", SECRET))
    async with running(tmp_path, connection(tmp_path / "b.tar.gz", SECRET[::-1])) as work:
        await work.refresh()

    (token,) = msgspec.json.decode(unpacked(tmp_path / "b.tar.gz")[".signatures.json"])["signatures"]
    assert jwt.decode(token, SECRET[::-1], algorithms=["HS256"])["files"]


async def test_a_dry_run_names_what_would_be_written_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "b.tar.gz"
    async with running(tmp_path, connection(path, bundleName="hospital")) as work:
        await fill(work.store)
        with dry_run() as supposed:
            await work.refresh()
        assert not path.exists()
        assert supposed.changes.sent == [str(path), "/api/v1/bundles/hospital"]

        await work.refresh()
        with dry_run() as again:
            await work.refresh()
        assert again.changes.sent == []


async def test_a_bundle_that_would_be_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await bundle_of(tmp_path)
    before = (tmp_path / "b.tar.gz").read_bytes()
    monkeypatch.setattr(opa_bundle, "MOST_BYTES", 1_000)
    async with running(tmp_path) as work:
        await apply(work.store, *(to_put(CSVFile(qualified_name=f"f{number}")) for number in range(20)))
        await apply(work.store, *(classify(f"f{number}", "Ownership", owner="t") for number in range(20)))
        with pytest.raises(ConnectorConfigurationError, match="PROTECTION-EXPORT-400-003"):
            await work.refresh()

    assert (tmp_path / "b.tar.gz").read_bytes() == before


ELLIPTIC = "-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("settings", "key", "place"),
    [
        ({"bundleName": 7}, None, "bundleName"),
        ({"bundleName": "../x"}, None, "bundleName"),
        ({"bundleName": ""}, None, "bundleName"),
        ({"bundleName": "b", "include": 7}, None, "include"),
        ({"bundleName": "b", "exclude": [7]}, None, "exclude"),
        ({"bundleName": "b", "elementType": "NoSuchType"}, None, "elementType"),
        ({"bundleName": "b", "metadataSource": ["x"]}, None, "metadataSource"),
        ({"bundleName": "b", "keyId": 1}, SECRET, "keyId"),
        ({"bundleName": "b"}, "short", "fewer than 32 bytes"),
        ({"bundleName": "b"}, ELLIPTIC, "not a private key in PEM"),
    ],
)
async def test_a_setting_that_cannot_be_used_is_named_before_anything_is_written(
    settings: dict[str, Any], key: str | None, place: str, tmp_path: Path
) -> None:
    with pytest.raises(ConnectorConfigurationError) as caught:
        async with running(tmp_path, connection(None, key, **settings)):
            pass

    assert place in str(caught.value)
    assert key is None or key not in str(caught.value)
