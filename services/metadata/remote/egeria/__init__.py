"""A `MetadataStore` over the metadata access servers of Egeria: element by element, with many simultaneous requests.

store      the store itself, which delegates to the modules below
├─ writer      applies a batch change by change; `links` and `statements` complete the relationships of an element
├─ listing     the elements of a metadata source, read back from the server; `sources` are the sources themselves
└─ finding     queries, answered page by page
vocabulary the open metadata types and names of a generation; `names`, `values`
marks      the record in an element by which this program recognizes it
requests   one request and its response; `concurrency_limit` limits their number
wire       the bodies
"""

from services.metadata.remote.egeria.generation import Generation
from services.metadata.remote.egeria.requests import DEFAULT_ACCESS_SERVICE
from services.metadata.remote.egeria.store import EgeriaStore

__all__ = ["DEFAULT_ACCESS_SERVICE", "EgeriaStore", "Generation"]
