"""Error texts of libpq, the client library of PostgreSQL."""


def in_one_line(text: str) -> str:
    """An error text without line breaks and repetitions.

    Where libpq connects a second time by itself, without TLS for example, it reports each attempt on its own line, and
    often in the same words.
    """
    lines = text.removeprefix("connection failed: ").splitlines()
    return " ".join(" ".join(dict.fromkeys(line.strip() for line in lines)).split())
