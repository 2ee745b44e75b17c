"""The protocols that metadata servers speak."""

from enum import Enum


class MetadataServerProtocol(Enum):
    """A protocol between a daemon and its metadata server."""

    BATCHES = "BATCHES"
    """The batch routes of this program's own metadata servers."""
    EGERIA_4 = "EGERIA_4"
    """The routes of the metadata access servers of Egeria 4, element by element."""
