"""Secrets: values that can be used but not shown."""

from audit.secret_references import is_reference
from services.secret_sources.reading import environment_variables, read_reference, refusal


class Secret:
    """A secret as a configuration document holds it: a reference to it, or the value itself.

    Neither `repr`, `str` nor encoding ever shows it; `reveal()` is the one way to its value, and is called
    at the moment of use so that a rotated secret is picked up without a restart.
    """

    __slots__ = ("_stored", "last_revealed")

    def __init__(self, stored: str) -> None:
        self._stored = stored
        self.last_revealed = ""
        """The value when it was last used; empty before. Only for keeping it out of texts."""

    def reveal(self) -> str:
        """The value; blocks on a reference.

        Raises `ConnectorConfigurationError` if it cannot be read, and for a vault that does not answer or refuses
        `ThirdPartyUnavailableError` or `UserNotAuthorizedError`.
        """
        self.last_revealed = value = read_reference(self._stored) if self.is_reference else self._stored
        return value

    @property
    def is_reference(self) -> bool:
        """True if the stored form is a reference to the secret rather than the secret itself."""
        return is_reference(self._stored)

    @property
    def refusal(self) -> str:
        """The reason why this process may not follow the reference; empty if it may, and for no reference. Blocks."""
        return refusal(self._stored) if self.is_reference else ""

    @property
    def environment_variables(self) -> frozenset[str]:
        """The environment variables that `reveal` reads."""
        return environment_variables(self._stored) if self.is_reference else frozenset()

    def stored_form(self) -> str:
        """The text in the configuration document. Only for writing that document back to its store."""
        return self._stored

    def __repr__(self) -> str:
        return "Secret(********)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._stored == self._stored

    def __hash__(self) -> int:
        return hash(self._stored)
