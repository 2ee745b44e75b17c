"""Extracts a configuration document from the answer of a platform, as a client has written it to a file."""

from typing import Any

from audit.masking import shown_text

FIELD = "omagserverConfig"
_CLASS = "OMAGServerConfigResponse"


class NoDocumentError(ValueError):
    """An answer without a document; the text is the error in the answer."""


def document_in(content: Any) -> Any:
    """The document inside an answer; other content unchanged. Raises `NoDocumentError`."""
    if not isinstance(content, dict) or (content.get("class") != _CLASS and FIELD not in content):
        return content
    document = content.get(FIELD)
    if not isinstance(document, dict):
        raise NoDocumentError(shown_text(content.get("exceptionErrorMessage") or f"it has no {FIELD}"))
    return document


def place_in_document(place: str) -> str:
    """A place of an answer as a place of the document inside it; other places unchanged."""
    inside = place.removeprefix(f"$.{FIELD}")
    return f"${inside}" if inside != place and inside[:1] in ("", ".") else place
