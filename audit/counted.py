"""Numbers with their nouns, as people read them."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 element`, `1,200 elements`. `plural` is needed where it is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
