"""Cost of cataloguing the people and groups of an LDAP directory, and of finding them unchanged.

It is compared with the bare paged search for the same attributes of the same people and groups, by the same library.
Processor time excludes the server. For another number of people: `python -m benchmarks.organization 400000`.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import ldap3
import msgspec
import trio

from benchmarks.measure import Figure, Plan, peak_megabytes, with_baseline
from services.framework.connection import Connection, Endpoint
from services.metadata.sqlite import open_sqlite_store
from services.organization.context import OrganizationIntegratorContext
from services.organization.ldap_mapping import POSIX
from services.organization.ldap_monitor import PAGE_SIZE, LDAPMonitor
from services.secret import Secret
from services.testing import unhosted_context
from tests.servers.slapd import PASSWORD, READER, ROOT, slapd_server

MEMBERS = 100
"""Number of people in each group."""
REPORTS = 10
"""Number of people with the same manager."""
SEARCHES = ((POSIX.people_filter, POSIX.people), (POSIX.teams_filter, POSIX.teams))


class Taken(msgspec.Struct):
    """The measurements of one process."""

    bare: float
    """Seconds of processor time, like the following figures."""
    first: float
    complete: float
    changes: float
    written: int
    """Number of elements that were written although nothing had changed."""
    peak: float
    """Peak resident memory in MB."""


def measure(plan: Plan) -> Iterator[Figure]:
    """`cpu_seconds` of the first refresh and of two unchanged refreshes, and the memory, for 60,000 people."""
    yield from figures(2_000 if plan.quick else 60_000)


def figures(people: int) -> Iterator[Figure]:
    """The figures for a number of people."""
    with slapd_server() as server, tempfile.TemporaryDirectory() as directory:
        server.load_offline(entries(people))
        command = [sys.executable, "-m", "benchmarks.organization", server.url, directory]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    taken = msgspec.json.decode(done.stdout, type=Taken)
    cases = {
        "first": taken.first,
        "unchanged, read completely": taken.complete,
        "unchanged, asked for changes": taken.changes,
    }
    for case, seconds in cases.items():
        named = f"{people:,} people, {case}"
        yield with_baseline("organization", named, "cpu_seconds", seconds, "s", "bare paged search", taken.bare)
    for figure, value, unit in (("peak_memory", taken.peak, "MB"), ("written_without_change", taken.written, "")):
        yield Figure(benchmark="organization", case=f"{people:,} people", figure=figure, value=float(value), unit=unit)


def entries(people: int) -> Iterator[str]:
    """People with mail addresses and managers, and groups of them, in LDIF."""
    for name in ("people", "groups"):
        yield f"dn: ou={name},{ROOT}\nobjectClass: organizationalUnit\n\n"
    for n in range(people):
        manager = f"manager: uid=u{n // REPORTS},ou=people,{ROOT}\n" if n else ""
        yield (
            f"dn: uid=u{n},ou=people,{ROOT}\nobjectClass: inetOrgPerson\nuid: u{n}\ncn: Person {n}\nsn: Person {n}\n"
            f"givenName: P\nmail: u{n}@example.org\ntitle: Nurse\nemployeeNumber: E{n}\n{manager}\n"
        )
    for first in range(0, people, MEMBERS):
        members = "".join(f"member: uid=u{n},ou=people,{ROOT}\n" for n in range(first, min(first + MEMBERS, people)))
        yield f"dn: cn=g{first},ou=groups,{ROOT}\nobjectClass: groupOfNames\ncn: g{first}\n{members}\n"


def bare(url: str) -> float:
    """Search for all people and groups, page by page, and return the seconds of processor time."""
    began = time.process_time()
    connection = ldap3.Connection(ldap3.Server(url, get_info=ldap3.NONE), READER, PASSWORD, check_names=False)
    connection.bind()
    for found_by, attributes in SEARCHES:
        names, cookie = sorted({name for names in attributes.values() for name in names}), None
        while cookie != b"":
            connection.search(ROOT, found_by, attributes=names, paged_size=PAGE_SIZE, paged_cookie=cookie)
            cookie = connection.result["controls"]["1.2.840.113556.1.4.319"]["value"]["cookie"]
    connection.unbind()
    return time.process_time() - began


async def take(url: str, directory: Path) -> Taken:
    """Refresh one connector three times."""
    searched = bare(url)
    connection = Connection(endpoint=Endpoint(address=f"{url}/{ROOT}"), user_id=READER, clear_password=Secret(PASSWORD))
    async with open_sqlite_store(directory / "store.sqlite") as store:
        monitor = LDAPMonitor()
        monitor.context = unhosted_context(OrganizationIntegratorContext, store, connection=connection)
        monitor.connection, monitor.connector_name = connection, monitor.context.connector_name
        await monitor.start()
        first = await _refresh(monitor)
        monitor.context.store.take_outcome()
        changes = await _refresh(monitor)
        await monitor.disconnect()
        complete = await _refresh(monitor)
        outcome = monitor.context.store.take_outcome()
        await monitor.disconnect()
    written = 0 if outcome is None else outcome.created + outcome.updated + outcome.removed
    peak = peak_megabytes()
    return Taken(bare=searched, first=first, complete=complete, changes=changes, written=written, peak=peak)


async def _refresh(monitor: LDAPMonitor) -> float:
    began = time.process_time()
    await monitor.refresh()
    return time.process_time() - began


if __name__ == "__main__":
    if len(sys.argv) == 2:
        for each in figures(int(sys.argv[1])):
            print(msgspec.json.encode(each).decode(), flush=True)
    else:
        sys.stdout.buffer.write(msgspec.json.encode(trio.run(take, sys.argv[1], Path(sys.argv[2]))))
