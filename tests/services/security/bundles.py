"""Bundles read with tools that nobody here wrote: Python's tar files, and an interpreter of Rego."""

import io
import tarfile
from pathlib import Path
from typing import Any

import msgspec
from regopy import Interpreter


def unpacked(bundle: bytes | Path) -> dict[str, bytes]:
    """The files of a bundle."""
    content = bundle if isinstance(bundle, bytes) else bundle.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        return {each.name: _read(archive, each) for each in archive}


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()


def revision(bundle: bytes | Path) -> str:
    """The revision of a bundle."""
    return str(msgspec.json.decode(unpacked(bundle)[".manifest"])["revision"])


def allows(bundle: bytes | Path, group: str, permission: str, element: str, *parents: str) -> bool:
    """The decision of the policy in a bundle on its data."""
    files = unpacked(bundle)
    interpreter = Interpreter()
    for name, content in files.items():
        if name.endswith(".rego"):
            interpreter.add_module(name, content.decode())
    interpreter.add_data_json(files["data.json"].decode())
    asked: dict[str, Any] = {"group": group, "permission": permission, "element": element, "parents": list(parents)}
    interpreter.set_input(asked)
    output = msgspec.json.decode(str(interpreter.query("allowed := data.open_metadata.access.allow")))
    return bool(output["bindings"]["allowed"])
