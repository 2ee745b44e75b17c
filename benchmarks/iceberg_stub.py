"""A stub of a Nessie server with many tables, in a separate process, which serves only the listing and the tables.

It responds immediately from prepared texts, so that almost all of the time is the connector's own.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen

import msgspec
import trio

NAMESPACES = 100
COLUMNS = 10
HEAD = "c0ffee"
_PAGE = re.compile(rb"page-token=(\d+)")
_SIZE = re.compile(rb"max-records=(\d+)")
_TABLE = re.compile(rb"/tables/t(\d+)")


@contextmanager
def stub_of(tables: int) -> Iterator[str]:
    """The address of a running stub, until the end of the block."""
    with Popen([sys.executable, "-m", __name__, str(tables)], stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/iceberg"
        finally:
            process.kill()


class _Stub:
    def __init__(self, tables: int, port: int) -> None:
        self._port = port
        self._entries = [self._entry((f"n{each}",), "NAMESPACE", properties={}) for each in range(NAMESPACES)]
        self._entries += [
            self._entry(
                (f"n{each % NAMESPACES}", f"t{each}"), "ICEBERG_TABLE", metadataLocation=f"s3://b/t{each}/1.json"
            )
            for each in range(tables)
        ]
        fields = [{"id": each, "name": f"c{each}", "required": False, "type": "long"} for each in range(1, COLUMNS + 1)]
        metadata = {
            "format-version": 2,
            "table-uuid": "00000000-0000-4000-8000-000000000000",
            "location": "s3://b/t",
            "last-updated-ms": 1_700_000_000_000,
            "last-column-id": COLUMNS,
            "schemas": [{"type": "struct", "schema-id": 0, "fields": fields}],
            "current-schema-id": 0,
            "partition-specs": [{"spec-id": 0, "fields": []}],
            "default-spec-id": 0,
            "sort-orders": [{"order-id": 0, "fields": []}],
            "default-sort-order-id": 0,
            "properties": {"comment": "A table"},
            "snapshots": [],
        }
        self._table = b"," + msgspec.json.encode({"metadata": metadata, "config": {}})[1:]

    def _entry(self, names: tuple[str, ...], kind: str, **content: object) -> bytes:
        return msgspec.json.encode({"name": {"elements": names}, "content": {"type": kind, "id": "1", **content}})

    def answer(self, target: bytes) -> bytes:
        """The body of the response to a GET request."""
        if (table := _TABLE.search(target)) is not None:
            return b'{"metadata-location":"s3://b/t%s/1.json"%s' % (table[1], self._table)
        if b"/entries" in target:
            return self._listing(target)
        if b"/config" in target:
            base = f"http://127.0.0.1:{self._port}/api"
            defaults = {"nessie.is-nessie-catalog": "true", "nessie.core-base-uri": base, "prefix": "main"}
            return msgspec.json.encode({"defaults": {}, "overrides": defaults})
        return b'{"reference":{"hash":"%s"}}' % HEAD.encode()

    def _listing(self, target: bytes) -> bytes:
        first = int(page[1]) if (page := _PAGE.search(target)) is not None else 0
        size = int(asked[1]) if (asked := _SIZE.search(target)) is not None else 1_000
        found = b",".join(self._entries[first : first + size])
        last = first + size
        more = b'"hasMore":true,"token":"%d"' % last if last < len(self._entries) else b'"hasMore":false'
        return b'{"entries":[%s],%s,"effectiveReference":{"hash":"%s"}}' % (found, more, HEAD.encode())

    async def serve(self, stream: trio.SocketStream) -> None:
        """Serve the requests of one connection."""
        received = b""
        try:
            while True:
                while b"\r\n\r\n" not in received:
                    part = await stream.receive_some(65_536)
                    if not part:
                        return
                    received += part
                request, _, received = received.partition(b"\r\n\r\n")
                body = self.answer(request.split(b" ", 2)[1])
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
                await stream.send_all(head + body)
        except trio.BrokenResourceError:
            return


async def _main(tables: int) -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    stub = _Stub(tables, port)
    print(port, flush=True)
    await trio.serve_listeners(stub.serve, [listener])


if __name__ == "__main__":
    trio.run(_main, int(sys.argv[1]))
