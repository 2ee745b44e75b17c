"""The text of an error of the HTTP client, which is often the text of its innermost cause."""

from collections.abc import Iterator

import httpx2


def innermost_text(error: BaseException) -> str:
    """The text of the innermost cause that has one, or the name of the error's class; for a timeout, which one."""
    if isinstance(error, httpx2.TimeoutException):
        return f"timed out ({type(error).__name__})"
    texts = [str(each) for each in _chain(error) if str(each)]
    return texts[-1] if texts else type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        below = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else None
        error = below or error.__cause__ or error.__context__
