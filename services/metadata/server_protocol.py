"""The protocols that metadata servers speak."""

from enum import Enum


class MetadataServerProtocol(Enum):
    """A protocol between a daemon and its metadata server."""

    BATCHES = "BATCHES"
    """The batch routes of this program's own metadata servers."""
    EGERIA_4 = "EGERIA_4"
    """The routes of the metadata access servers of Egeria 4, element by element."""


class QualifiedNames(Enum):
    """The qualified names of files and folders at a metadata server of Egeria."""

    SERVER = "SERVER"
    """As Egeria's own connectors name them: `CSVFile:/data/week1.csv`."""
    DAEMON = "DAEMON"
    """As this program names them elsewhere: `CSVFile::/data/week1.csv`."""
