"""Limits on requests: integers of 64 bits and the lengths of lists."""

from typing import Annotated

import msgspec

GREATEST = 2**63 - 1
"""The greatest integer that a database can store."""
LEAST = -(2**63)
MOST_IN_A_REQUEST = 10_000
"""Maximum number of changes or GUIDs in a request; the program's own client sends a tenth of it."""
MOST_IN_A_PAGE = 1_000
"""The largest page of elements, changes or connectors. A request for a larger page gets this one."""
MOST_CALLS_IN_A_REQUEST = 100
"""Maximum number of calls in a request; the program's own client sends a third of it."""

Natural = Annotated[int, msgspec.Meta(ge=0, le=GREATEST)]
"""0 or more."""
Positive = Annotated[int, msgspec.Meta(ge=1, le=GREATEST)]
"""1 or more."""
Guids = Annotated[list[str], msgspec.Meta(max_length=MOST_IN_A_REQUEST)]
"""GUIDs of elements."""
