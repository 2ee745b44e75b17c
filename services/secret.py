"""Secrets: values that can be used but not shown."""

from audit.secret_references import is_reference
from services.secret_sources.reading import environment_variables, read_reference, refusal


class Secret:
    """A secret as a configuration document contains it: a reference, or the value itself.

    Neither `repr`, `str` nor encoding shows the secret. Only `reveal()` returns the value; it is called at each use,
    so that a rotated secret takes effect without a restart.
    """

    __slots__ = ("_stored", "last_revealed")

    def __init__(self, stored: str) -> None:
        self._stored = stored
        self.last_revealed = ""
        """The value at its last use; empty before. Only for masking it in texts."""

    def reveal(self) -> str:
        """The value; blocks if it is a reference.

        Raises `ConnectorConfigurationError` if it cannot be read, `ThirdPartyUnavailableError` if a vault does not
        answer, and `UserNotAuthorizedError` if a vault refuses.
        """
        self.last_revealed = value = read_reference(self._stored) if self.is_reference else self._stored
        return value

    @property
    def is_reference(self) -> bool:
        """True if the stored form is a reference to the secret rather than the secret itself."""
        return is_reference(self._stored)

    @property
    def refusal(self) -> str:
        """The reason why this process may not follow the reference; empty if it may, and for a plain value. Blocks."""
        return refusal(self._stored) if self.is_reference else ""

    @property
    def environment_variables(self) -> frozenset[str]:
        """The environment variables that `reveal` reads."""
        return environment_variables(self._stored) if self.is_reference else frozenset()

    def stored_form(self) -> str:
        """The text in the configuration document. Only for storing that document again."""
        return self._stored

    def __repr__(self) -> str:
        return "Secret(********)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._stored == self._stored

    def __hash__(self) -> int:
        return hash(self._stored)
