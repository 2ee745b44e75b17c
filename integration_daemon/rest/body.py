"""Decodes the body of a request to the type that its route declares."""

import re
from types import FunctionType
from typing import Any

import msgspec

from integration_daemon.rest.messages import BODY_NOT_UNDERSTOOD
from integration_daemon.rest.route import Route
from services.errors import InvalidParameterError

_SURROGATE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
"""An escaped surrogate without its other half."""


def read_body(route: Route, content: bytes) -> Any:
    """The decoded body for the operation of a route; raises `InvalidParameterError` with the place of the problem."""
    try:
        if isinstance(route.body, FunctionType):
            return route.body(content)
        return msgspec.json.decode(content, type=route.body)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at ")
        raise not_understood(place.strip("`") or "$", text) from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        lone = _SURROGATE.search(content)
        if lone is not None:
            problem = f"{lone[0].decode()} is a surrogate that stands alone, and no character"
            raise not_understood(f"byte {lone.start()}", problem) from None
        raise not_understood("$", str(error)) from None


def not_understood(place: str, problem: str) -> InvalidParameterError:
    """The error for a problem at a place of the body."""
    return InvalidParameterError(BODY_NOT_UNDERSTOOD, place=place, problem=problem)
