"""Bundles of the Open Policy Agent: a gzipped tar file of data, policy, manifest and signature.

Format: https://www.openpolicyagent.org/docs/management-bundles (file format, signing). Equal content yields equal
bytes: the files in the archive have no time and no owner.
"""

import gzip
import io
import tarfile
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files

from services.security.opa.document import ROOT, canonical

POLICY_ROOT = "open_metadata/access"
_POLICY = "open_metadata/access/access.rego"

Sign = Callable[[dict[str, object]], str]
"""A function that signs the claims of a JSON Web Token and returns the token."""


def bundle(data: bytes, *, with_policy: bool, sign: Sign | None) -> bytes:
    """Create a bundle of a data document. Its revision is the digest of its content."""
    content = {"data.json": data}
    if with_policy:
        content[_POLICY] = policy()
    revision = sha256(b"".join(content[name] for name in sorted(content))).hexdigest()
    roots = [ROOT, *([POLICY_ROOT] if with_policy else [])]
    content[".manifest"] = canonical({"revision": revision, "roots": roots, "rego_version": 1})
    if sign is not None:
        content[".signatures.json"] = canonical({"signatures": [sign(_claims(content))]})
    return _packed(content)


def policy() -> bytes:
    """The policy for bundles that include one."""
    return files(__package__).joinpath("access.rego").read_bytes()


def _claims(content: dict[str, bytes]) -> dict[str, object]:
    """The signed claims: the digests of all files. OPA encodes JSON documents canonically before it verifies them."""
    digests = {name: sha256(content[name]).hexdigest() for name in sorted(content)}
    return {"files": [{"name": name, "hash": digest, "algorithm": "SHA-256"} for name, digest in digests.items()]}


def _packed(content: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(content):  # the manifest and the signatures come first, as in bundles of OPA's own tools
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content[name]), 0o644
            archive.addfile(member, io.BytesIO(content[name]))
    return gzip.compress(packed.getvalue(), compresslevel=6, mtime=0)
