"""A steward, who changes elements that a connector has catalogued."""

from typing import Any

import msgspec

from services.metadata.changes import Batch, Put
from services.metadata.element import ElementRecord
from services.testing.running import SOURCE, RunningConnector


async def change_as_steward(monitor: RunningConnector, element: ElementRecord, **values: str | None) -> None:
    """Change an element in the name of the connector's metadata source; `None` removes a property."""
    properties: dict[str, Any] = dict(element.properties)
    if "comment" in values:
        properties["description"] = values.pop("comment")
    further = {**properties.get("additionalProperties", {}), **values}
    properties["additionalProperties"] = {key: value for key, value in further.items() if value is not None}
    put = Put(
        type_name=element.type_name,
        qualified_name=element.qualified_name,
        source_key=element.qualified_name,
        fingerprint=f"of a steward: {properties}",
        properties=msgspec.Raw(msgspec.json.encode(properties)),
        classifications=element.classifications,
    )
    outcome = await monitor.store.apply(Batch(user="steward", metadata_source=SOURCE, changes=[put]))
    assert outcome.updated == 1
