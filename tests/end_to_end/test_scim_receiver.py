"""Users and groups that an identity provider pushes are there after the program was killed, and are catalogued."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_client.errors import SCIMClientException
from scim2_models import Email, EnterpriseUser, Group, GroupMember, User

from tests.end_to_end.examples import ROOT, write_files
from tests.end_to_end.program import PATIENCE, Running, command, running

SENDERS, ENOUGH = 3, 60
Person = User[EnterpriseUser]


def test_what_a_client_has_pushed_is_catalogued_after_the_program_was_killed(tmp_path: Path) -> None:
    write_files(ROOT / "docs" / "organization.md", tmp_path)
    checked = command("check", "received.yaml", cwd=tmp_path)
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "received.yaml: no problems")
    made = command("token", "create", "--name", "entra", "--role", "identity-writer", cwd=tmp_path)
    token = made.stdout.strip()
    acknowledged: dict[str, str] = {}
    enough = Event()
    with running(tmp_path, "received.yaml") as program, ExitStack() as clients:
        senders = [
            Thread(target=push, args=(clients.enter_context(client(program, token)), each, acknowledged, enough))
            for each in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        assert enough.wait(PATIENCE)
        program.process.send_signal(signal.SIGKILL)
        for sender in senders:
            sender.join()
    with running(tmp_path, "received.yaml") as program:
        users = listed(program, token, "Users")
        assert acknowledged.items() <= {each["userName"]: each["id"] for each in users}.items()
        with client(program, token) as scim:
            members = [GroupMember.model_validate({"value": each["id"], "type": "User"}) for each in users]
            scim.create(Group(display_name="everybody", members=members))
        assert program.command("refresh", "--connector", "Received").returncode == 0
        compare(program, token)
        refused = program_get(program.url + "/api/v1/elements", token)
        assert refused.status_code == 403
        assert not any(token in line for line in (*program.output, *program.errors))


def compare(program: Running, token: str) -> None:
    """Each element is what the receiver lists."""
    users, (group,) = listed(program, token, "Users"), listed(program, token, "Groups")
    found = json.loads(program.command("elements", "--json", "--limit", "1000").stdout)
    names = {each["properties"]["qualifiedName"]: each["properties"] for each in found}
    people = {name: each for name, each in names.items() if name.startswith("Person::scim::")}
    assert {name.rpartition("::")[2]: each["displayName"] for name, each in people.items()} == {
        each["id"]: each["displayName"] for each in users
    }
    assert {each["value"] for each in group["members"]} == {each["id"] for each in users}
    assert names[f"Team::scim::{group['id']}"]["displayName"] == "everybody"
    mails = {each["contactMethodValue"] for name, each in names.items() if name.startswith("ContactDetails::")}
    assert mails == {mail["value"] for each in users for mail in each["emails"]}


@contextmanager
def client(program: Running, token: str) -> Iterator[SyncSCIMClient]:
    """A client that knows the schemas. It is made in the main thread, since `ast.parse`, by which the library makes its
    classes, can fail in two threads at once (Python 3.11)."""
    with httpx2.Client(base_url=base_of(program.url), headers={"Authorization": f"Bearer {token}"}) as http:
        scim = SyncSCIMClient(http)
        scim.discover()
        yield scim


def push(scim: SyncSCIMClient, sender: int, acknowledged: dict[str, str], enough: Event) -> None:
    """Create users until the receiver does not respond."""
    number = 0
    with suppress(SCIMClientException):
        while True:
            name = f"u{sender}-{number}"
            mail = Email.model_validate({"value": f"{name}@example.org", "type": "work"})
            person = Person(user_name=name, display_name=f"Person {name}", emails=[mail])
            made: Any = scim.create(person)
            acknowledged[name] = made.id
            number += 1
            if len(acknowledged) >= ENOUGH:
                enough.set()


def listed(program: Running, token: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = program_get(f"{base_of(program.url)}/{kind}?startIndex={len(found) + 1}&count=50", token).json()
        found += page["Resources"]
        if len(found) >= page["totalResults"]:
            return found


def program_get(url: str, token: str) -> httpx2.Response:
    return httpx2.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def base_of(url: str) -> str:
    return url + "/api/v1/scim/v2"
