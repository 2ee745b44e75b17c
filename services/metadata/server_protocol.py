"""The protocols of metadata servers."""

from enum import Enum


class MetadataServerProtocol(Enum):
    """A protocol between a daemon and its metadata server."""

    BATCHES = "BATCHES"
    """The batch routes of this program's own metadata servers."""
    EGERIA_4 = "EGERIA_4"
    """The routes of the metadata access servers of Egeria 4, element by element."""
    EGERIA_5 = "EGERIA_5"
    """The routes of Egeria 5. Experimental: based only on its published source."""
    EGERIA_6 = "EGERIA_6"
    """The routes of Egeria 6. Experimental: based only on its published source."""

    @property
    def is_experimental(self) -> bool:
        """True if the protocol has not been tested with a real server."""
        return self in (MetadataServerProtocol.EGERIA_5, MetadataServerProtocol.EGERIA_6)


class QualifiedNames(Enum):
    """The qualified names of files and folders at a metadata server of Egeria."""

    SERVER = "SERVER"
    """As Egeria's own connectors name them: `CSVFile:/data/week1.csv`."""
    DAEMON = "DAEMON"
    """As this program names them elsewhere: `CSVFile::/data/week1.csv`."""
