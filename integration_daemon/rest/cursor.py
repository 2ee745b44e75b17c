"""The cursor of a list: a text with the end of a page, which the request for the next page repeats."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from integration_daemon.rest.query import not_understood
from integration_daemon.supervision.connector.roster import PageEnd


class _Cursor(msgspec.Struct, frozen=True, array_like=True):
    order: str
    end: PageEnd


def cursor_of(order: str, end: PageEnd) -> str:
    """The cursor for the end of a page of a list in this order."""
    return urlsafe_b64encode(msgspec.json.encode(_Cursor(order, end))).decode().rstrip("=")


def end_of(cursor: str, order: str) -> PageEnd:
    """The end of the previous page; raises `InvalidParameterError` for a cursor that no list in this order had."""
    try:
        read = msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=_Cursor)
    except ValueError:
        raise not_understood("cursor", "it is no cursor that a page of connectors had") from None
    if read.order != order:
        raise not_understood("cursor", f"it is of a list in the order {read.order}, and not in the order {order}")
    return read.end
