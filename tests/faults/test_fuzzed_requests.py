"""After any bytes on a connection, the daemon answers the next request, reports no fault of its own, and keeps
neither memory nor descriptors for it."""

import json
import os
import random
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.end_to_end.program import Running, running
from tests.faults.fuzzing import how_many, is_not_offered, is_of_defect, seed
from tests.faults.request_client import Answer, converse
from tests.faults.request_mutations import VICTIMS, request
from tests.faults.request_wire import Exchange, exchange
from tests.faults.value_mutations import GUIDS
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, daemon_document

COUNT = how_many(2_000)
AT_ONCE = 8
ROUND = 100
"""Requests before it is seen that the daemon lives, and that its servers run."""
WARM_UP = 1_000
"""Requests before memory is taken as what it is to remain: caches fill until then."""
MORE_MEMORY = 64 * 1024
"""KiB that may be added after that, whatever the number of requests."""
MORE_DESCRIPTORS = 8
PATIENCE = 60.0
"""Seconds that something may take on a busy machine."""
INSTANCES = "/open-metadata/platform-services/server-platform/servers"
OVERLOADED = (429, 503)


class Fuzzing:
    """A daemon and the results of the requests it received."""

    def __init__(self, program: Running, documents: dict[str, Any]) -> None:
        self.program = program
        self.documents = documents
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []

    async def send(self, first: int, last: int) -> None:
        """Send the requests with these numbers, several at once."""
        numbers = iter(range(first, last))

        async def some() -> None:
            for number in numbers:
                await self._one(number)

        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(some)

    async def _one(self, number: int) -> None:
        chance = random.Random(f"{seed()}/{number}")
        document = self.documents[VICTIMS[0]]
        asked = exchange(request(chance, document), chance, lambda: request(chance, document))
        answers = await converse(self.program.url, asked)
        self.statuses.update(answer.status for answer in answers)
        problems = [problem for answer in answers if (problem := problem_of(answer, asked))]
        if asked.answered and not answers:
            problems.append("there was no answer")
        self.wrong += [f"request {number} of seed {seed()}, {asked.how}: {each}: {shown(asked)}" for each in problems]

    def restore(self) -> None:
        """Check that the daemon is alive; start the servers that ran at the beginning, and read their elements."""
        assert self.program.process.poll() is None, self.program.errors[-20:]
        assert self.program.status_of("/livez") == 200
        for name, document in self.documents.items():
            while name not in self.program.get(INSTANCES + "/active")["serverList"]:
                started = self.program.post(f"{INSTANCES}/{name}/instance/configuration", document)
                assert started["relatedHTTPCode"] in (200, 409), started  # 409: the server is starting or stopping
        for server in ("daemon", "metadata"):
            elements = self.program.get(f"/api/v1/elements?server={server}&limit=4&startFrom=1")["elements"]
            for number, element in enumerate(elements):
                GUIDS[number] = element["guid"]

    def told(self) -> str:
        """The number of answers by status."""
        return ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))

    def forget_strangers(self) -> None:
        """Stop every server that did not exist at the beginning."""
        for name in self.program.get(INSTANCES)["serverList"]:
            if name not in self.documents:
                self.program.delete(f"{INSTANCES}/{name}")


def problem_of(answer: Answer, asked: Exchange) -> str:
    """The fault of an answer, or an empty string."""
    if is_of_defect(answer.body):
        return f"a defect: {answer.body[:2_000]!r}"
    overloaded = answer.status in OVERLOADED and "retry-after" in answer.headers
    other_version = asked.may_refuse_version and answer.status in (501, 505)
    ready = answer.status == 503 and b"/readyz" in b"".join(asked.pieces)
    stopping = answer.status == 503 and b"OMRS-REPOSITORY-503-001" in answer.body  # a server that requests may stop
    not_offered = is_not_offered(answer.status, answer.body)
    if answer.status >= 500 and not (overloaded or other_version or ready or stopping or not_offered):
        return f"status {answer.status}: {answer.body[:2_000]!r}"
    return ""


def shown(asked: Exchange) -> str:
    """The request, if it is not too long."""
    return repr([piece[:1_500] for piece in asked.pieces])


def memory(program: Running) -> int:
    """The memory in use, in KiB."""
    lines = Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1])


def descriptors(program: Running) -> int:
    return len(os.listdir(f"/proc/{program.process.pid}/fd"))


def settled_descriptors(program: Running, at_most: int) -> int:
    """The descriptors once connections of departed clients are closed: the server waits for the rest of a body."""
    last = time.monotonic() + PATIENCE
    while (now := descriptors(program)) > at_most and time.monotonic() < last:
        program.status_of("/livez")
        time.sleep(0.1)
    return now


def documents(directory: Path) -> dict[str, Any]:
    """The documents of the running servers, by name."""
    daemon = daemon_document("daemon", directory)
    victims = {name: {**daemon, "localServerName": name} for name in VICTIMS}
    return {"metadata": {**METADATA_SERVER_DOCUMENT, "localServerName": "metadata"}, "daemon": daemon, **victims}


@pytest.mark.timeout(300 + COUNT // 10)
def test_no_request_harms_the_daemon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    servers = documents(tmp_path)
    for name, document in servers.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    (tmp_path / "landing 0" / "a.csv").write_text("a,b")
    files = [f"{name}.json" for name in servers]
    with running(
        tmp_path, *files, "--authentication", "none"
    ) as program:  # so that requests get past access control to the operations
        fuzzing = Fuzzing(program, servers)
        fuzzing.restore()
        memory_before, descriptors_before = 0, descriptors(program)
        for first in range(0, WARM_UP + COUNT, ROUND):
            if first == WARM_UP:
                memory_before = memory(program)
            trio.run(partial(fuzzing.send, first, first + ROUND))
            assert not fuzzing.wrong, "\n".join(fuzzing.wrong)
            fuzzing.restore()
        fuzzing.forget_strangers()
        most = descriptors_before + MORE_DESCRIPTORS
        memory_after, descriptors_after = memory(program), settled_descriptors(program, most)
        with capsys.disabled():
            sys.stdout.write(
                f"\n{COUNT} requests: {memory_before} KiB before, {memory_after} after; "
                f"{descriptors_before} descriptors before, {descriptors_after} after; statuses {fuzzing.told()}\n"
            )
        assert memory_after - memory_before < MORE_MEMORY
        assert descriptors_after <= most
        program.delete("/open-metadata/platform-services/server-platform/instance")
        assert program.process.wait(PATIENCE) == 0
