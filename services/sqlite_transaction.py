"""SQLite transactions that do not block other threads while they wait."""

from collections.abc import Iterator
from contextlib import contextmanager

import apsw


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Run the block in a transaction, which an exception rolls back.

    A connection as a context manager does the same, but blocks all threads, including the event loop, while the commit
    waits for the disk or for a reader of the file: apsw does not release the interpreter lock there.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors, such as a full disk, have already ended it
            connection.execute("ROLLBACK")
        raise
