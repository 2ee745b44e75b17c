"""The file of what was published waits for those who read it."""

import threading
from pathlib import Path

import apsw

from services.lineage.publisher.published import Published

MOMENT = 0.2


def test_a_backup_of_the_file_does_not_fail_what_is_written_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "published-feed.sqlite"
    reader = apsw.Connection(str(path))
    Published(path, "http://localhost").close()
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM position").fetchall()  # as a backup holds it
    found: list[tuple[int, int]] = []

    def publish() -> None:
        published = Published(path, "http://localhost")
        published.advance(7, 1, {}, [])
        found.append(published.position())
        published.close()

    writer = threading.Thread(target=publish)
    writer.start()
    writer.join(MOMENT)
    reader.execute("COMMIT")
    writer.join()
    reader.close()
    assert found == [(7, 1)]
