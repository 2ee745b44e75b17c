"""Safe text of foreign objects: it can be encoded, is limited in length, and never raises."""

LONGEST_TEXT = 4_000
"""Characters kept of a text from a connector: a message, a progress report, or an insert of a record."""


def safe_text(value: object, limit: int = LONGEST_TEXT) -> str:
    """The text of any object, encodable as UTF-8 and cut to `limit` characters. Never raises.

    Lone surrogates, as in a file name that is not UTF-8, are shown as escapes.
    """
    try:
        text = value if type(value) is str else _text_of(value, limit)
        text = str.__getitem__(text, slice(limit + 1))  # even for a subclass, the result is a plain string
        if not text.isascii():
            text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    except BaseException as error:  # the method of a foreign object may raise anything
        return f"<{class_name_of_object(value)} that cannot be shown: {class_name_of_object(error)}>"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def has_lone_surrogate(text: str) -> bool:
    """True if a text contains half of a surrogate pair, and so cannot be encoded."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def is_a(value: object, kind: type) -> bool:
    """`isinstance` for a foreign object, which cannot influence the result."""
    return issubclass(type(value), kind)


def _text_of(value: object, limit: int) -> str:
    """`str(value)`, where long arguments of an exception are shortened first."""
    kind = type(value)
    if is_a(value, BaseException) and kind.__str__ in (BaseException.__str__, KeyError.__str__):
        arguments = [
            each[: limit + 1] if type(each) in (str, bytes) else each
            for each in BaseException.args.__get__(value)  # type: ignore[attr-defined]
        ]
        return str((KeyError if kind.__str__ is KeyError.__str__ else Exception)(*arguments))
    return str(value[: limit + 1] if kind in (bytes, bytearray) else value)  # type: ignore[index]


def class_name_of_object(value: object) -> str:
    """The name of an object's class. Never raises."""
    try:
        return safe_text(type(value).__name__, 200)
    except BaseException:  # a metaclass is foreign code, too
        return "object"
