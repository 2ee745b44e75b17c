"""Transactions of SQLite that hold up no other thread while they wait."""

from collections.abc import Iterator
from contextlib import contextmanager

import apsw


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Commit what is done in the block, or nothing of it if an exception leaves it.

    A connection as a context manager does the same, and keeps all threads waiting, the event loop's too, while the
    commit waits for the disk or for a reader of the file: apsw does not release Python's lock there.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk, say, has ended it already
            connection.execute("ROLLBACK")
        raise
