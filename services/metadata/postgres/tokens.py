"""Words of a text, found as SQLite's index finds them: without accents and in lower case, letters and digits only."""

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
    """The text's words with their positions, as a `tsvector` is written."""
    return " ".join(f"'{word}':{number}" for number, word in enumerate(tokens_of(text), 1))


def query(text: str) -> str | None:
    """What asks for all words of a text, as a `tsquery` is written; `rep*` is the beginning of a word.

    Words that a search has in one piece (`a-b`) must follow each other. `None`: there are no words in it.
    """
    pieces = []
    for piece in text.split():
        words = [f"'{word}'" for word in tokens_of(piece)]
        if words:
            pieces.append("(" + " <-> ".join(words) + (":*" if piece.endswith("*") else "") + ")")
    return " & ".join(pieces) or None
