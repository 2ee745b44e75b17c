"""The generations of Egeria."""

from enum import Enum

from services.metadata.remote.egeria import routes, vocabulary_differences
from services.metadata.server_protocol import QualifiedNames


class Generation(Enum):
    """A generation of Egeria: its routes and its vocabulary."""

    EGERIA_4 = (routes.EGERIA_4, vocabulary_differences.EGERIA_4)
    EGERIA_5 = (routes.EGERIA_5, vocabulary_differences.EGERIA_5)
    EGERIA_6 = (routes.EGERIA_6, vocabulary_differences.EGERIA_6)

    @property
    def dialect(self) -> routes.Dialect:
        """The routes of its servers."""
        return self.value[0]

    @property
    def vocabulary_differences(self) -> vocabulary_differences.VocabularyDifferences:
        """The vocabulary of its servers."""
        return self.value[1]

    def naming(self, rule: QualifiedNames) -> QualifiedNames:
        """The rule for new names; the connectors of Egeria 6 name files and folders like those of this program."""
        return QualifiedNames.DAEMON if self is Generation.EGERIA_6 else rule
