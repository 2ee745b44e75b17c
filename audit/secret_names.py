"""Recognizing the names of secrets."""

import re

_SURE = (
    "password", "passwd", "pwd", "passphrase", "passcode", "secret", "token", "apikey", "credential", "privatekey",
    "accesskey", "accountkey", "sharedkey", "signature", "jaasconfig", "bearer", "kennwort", "passwort",
)  # fmt: skip
"""They tell it wherever they stand in a name, whose separators are left out."""
_AS_A_WORD = frozenset({"auth", "authorization", "pass", "pw", "sas", "sig", "otp", "pin", "salt", "cookie"})
"""They tell it as a whole word of a name only: `author` and `path` do not."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SEPARATOR = re.compile(r"[\W_]")


def tells_a_secret(name: str) -> bool:
    """True if a field or parameter with this name holds a secret."""
    return is_surely_secret(name) or any(word.lower() in _AS_A_WORD for word in _WORD.findall(name))


def is_surely_secret(name: str) -> bool:
    """Whether it does even in prose, where `auth: no such user` is none."""
    joined = _SEPARATOR.sub("", name).lower()
    if joined.startswith("secretsstore"):  # names the place of secrets
        return False
    return joined == "authorization" or any(sure in joined for sure in _SURE)
