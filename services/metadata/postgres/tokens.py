"""The words of a text, divided as in SQLite's index: without accents, in lower case, letters and digits only."""

import re
import unicodedata

MOST_WORDS = 5_000
LONGEST_WORD = 200
_WORD = re.compile(r"[^\W_]+")


def tokens_of(text: str) -> list[str]:
    """The words, in order."""
    plain = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    return [word[:LONGEST_WORD] for word in _WORD.findall(plain.casefold())[:MOST_WORDS]]


def vector(text: str) -> str:
    """The text's words with their positions, in the syntax of `tsvector`."""
    return " ".join(f"'{word}':{number}" for number, word in enumerate(tokens_of(text), 1))


def query(text: str) -> str | None:
    """The query for all words of a text, in the syntax of `tsquery`; `rep*` is a prefix.

    Words joined without spaces (`a-b`) must be adjacent. `None` if the text contains no words.
    """
    pieces = []
    for piece in text.split():
        words = [f"'{word}'" for word in tokens_of(piece)]
        if words:
            pieces.append("(" + " <-> ".join(words) + (":*" if piece.endswith("*") else "") + ")")
    return " & ".join(pieces) or None
