"""The refusal of passwords in the addresses of connections."""

from audit.masking import masked_text

CREDENTIALS_IN_ADDRESS = "it contains a password; write clearPassword: env:NAME instead"


def require_no_password(address: str) -> None:
    """Raise `ValueError` for an address that contains a password, before an error of a library quotes it."""
    if masked_text(address) != address:
        raise ValueError(CREDENTIALS_IN_ADDRESS)
