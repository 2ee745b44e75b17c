"""The discovery documents of the SCIM receiver (RFC 7643, 5 to 7)."""

from typing import Any

from services.organization.scim.schema import RESOURCE_TYPES, SCHEMAS

_CORE = "urn:ietf:params:scim:schemas:core:2.0"
MOST_RESULTS = 1_000


def provider_config(base: str) -> dict[str, Any]:
    """The configuration of the service provider: the supported features."""
    no = {"supported": False}
    return {
        "schemas": [f"{_CORE}:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST_RESULTS},
        "changePassword": no,
        "sort": no,
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token with the role identity-writer.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def resource_types(base: str) -> list[dict[str, Any]]:
    """The resource types: users and groups."""
    return [
        {
            "schemas": [f"{_CORE}:ResourceType"],
            "id": each.name,
            "name": each.name,
            "endpoint": f"/{each.kind.value}",
            "description": each.schema.description,
            "schema": each.schema.id,
            "schemaExtensions": [{"schema": extension.id, "required": False} for extension in each.extensions],
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{each.name}"},
        }
        for each in RESOURCE_TYPES.values()
    ]


def schemas(base: str) -> list[dict[str, Any]]:
    """The schemas, with the attributes that are stored."""
    return [
        {
            "schemas": [f"{_CORE}:Schema"],
            "id": each.id,
            "name": each.name,
            "description": each.description,
            "attributes": [attribute.document for attribute in each.attributes],
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{each.id}"},
        }
        for each in SCHEMAS
    ]
