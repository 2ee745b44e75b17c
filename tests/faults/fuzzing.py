"""The number of mutants and the seed: `make fuzz FUZZ=100000 SEED=7`; CI runs a few, with a fixed seed."""

import os


def how_many(usually: int) -> int:
    """The number of mutants to try."""
    return int(os.environ.get("FUZZ") or usually)


def seed() -> int:
    """The seed of the random generator."""
    return int(os.environ.get("FUZZ_SEED") or 1)


PATIENCE = 0 if os.environ.get("FUZZ") else 600
"""Seconds for a test; 0: for as long as it takes."""

_DEFECTS = (b"OMAG-COMMON-400-016", b"OMRS-REPOSITORY-500", b'"relatedHTTPCode":500')
"""The marks of an answer that reports a defect of the daemon."""
_AS_EGERIA = b"OMAG-REPOSITORY-HANDLER-500-001"
"""The answer, as in Egeria, if no relationship can be deleted."""


def is_not_offered(status: int, body: bytes) -> bool:
    """True for the answer to what SCIM lets a server not offer, such as bulk requests."""
    return status == 501 and b"SCIM-RECEIVER-501" in body


def is_of_defect(body: bytes) -> bool:
    """True for an answer to a request by which a fault of the daemon shows."""
    return _AS_EGERIA not in body and any(defect in body for defect in _DEFECTS)
