"""The permitted direction of synchronization between a third-party technology and open metadata."""

from enum import Enum


class PermittedSynchronization(Enum):
    """The direction in which a connector may synchronize. The value is the name in documents."""

    BOTH_DIRECTIONS = "BOTH_DIRECTIONS"
    """Metadata is exchanged both ways."""
    TO_THIRD_PARTY = "TO_THIRD_PARTY"
    """Open metadata is the owner; the connector reads it and changes the third party."""
    FROM_THIRD_PARTY = "FROM_THIRD_PARTY"
    """The third party is the owner; the connector reads it and changes open metadata."""
    OTHER = "OTHER"
    """Another rule, which the connector defines; reading is permitted, changing open metadata is not."""

    @property
    def display_name(self) -> str:
        """The name in audit messages: `From Third Party`."""
        return self.value.replace("_", " ").title()

    @property
    def allows_metadata_changes(self) -> bool:
        """True if a connector may create, update or remove open metadata elements."""
        return self in (PermittedSynchronization.BOTH_DIRECTIONS, PermittedSynchronization.FROM_THIRD_PARTY)

    @property
    def allows_third_party_changes(self) -> bool:
        """True if a connector may change the metadata of the third party."""
        return self in (PermittedSynchronization.BOTH_DIRECTIONS, PermittedSynchronization.TO_THIRD_PARTY)
