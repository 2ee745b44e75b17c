"""A `MetadataStore` over the metadata access servers of Egeria 4: element by element, many requests at once.

store      the store itself: what is asked of it, passed on to
├─ writer      a batch, applied change by change; `links` and `statements` make what an element states complete
├─ listing     what a metadata source owns, read back from the server; `sources` are the sources themselves
└─ finding     queries, answered page by page
vocabulary the open metadata types and names as this generation has them; `names`, `values`
marks      what this program notes in an element, to know it again
requests   one request and its answer; `in_flight` how many of them at once
wire       the bodies
"""

from services.metadata.remote.egeria.generation import Generation
from services.metadata.remote.egeria.requests import DEFAULT_ACCESS_SERVICE
from services.metadata.remote.egeria.store import EgeriaStore

__all__ = ["DEFAULT_ACCESS_SERVICE", "EgeriaStore", "Generation"]
