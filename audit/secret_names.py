"""Recognizing the names of secrets."""

import re

_SURE = (
    "password", "passwd", "pwd", "passphrase", "passcode", "secret", "token", "apikey", "credential", "privatekey",
    "accesskey", "accountkey", "sharedkey", "signature", "jaasconfig", "bearer", "kennwort", "passwort",
)  # fmt: skip
"""Words that mark the name of a secret at any place in it; separators in the name are ignored."""
_AS_A_WORD = frozenset({"auth", "authorization", "pass", "pw", "sas", "sig", "otp", "pin", "salt", "cookie"})
"""Words that mark the name of a secret only as a whole word: `author` and `path` are not such names."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SEPARATOR = re.compile(r"[\W_]")


def is_secret_name(name: str) -> bool:
    """True if a field or parameter with this name holds a secret."""
    return is_clearly_secret_name(name) or any(word.lower() in _AS_A_WORD for word in _WORD.findall(name))


def is_clearly_secret_name(name: str) -> bool:
    """True if the name marks a secret even in prose; `auth` does not, since `auth: no such user` contains none."""
    joined = _SEPARATOR.sub("", name).lower()
    if joined.startswith("secretsstore"):  # the name of a location of secrets
        return False
    return joined == "authorization" or any(sure in joined for sure in _SURE)
