"""The schemas of received users and groups (RFC 7643, 4 and 8.7).

Other attributes that an identity provider sends, such as a password, are accepted and not stored.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import Any

import msgspec

from services.organization.scim.resources import ENTERPRISE, ResourceKind

CORE = "urn:ietf:params:scim:schemas:core:2.0"


class AttributeType(Enum):
    """The type of the values of an attribute."""

    STRING = "string"
    BOOLEAN = "boolean"
    REFERENCE = "reference"
    DATE_TIME = "dateTime"
    COMPLEX = "complex"


class Attribute(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The definition of an attribute in a schema (RFC 7643, 7)."""

    name: str
    description: str = ""
    type: AttributeType = AttributeType.STRING
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: str = "readWrite"
    unique: bool = False
    canonical: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    sub: tuple["Attribute", ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, "Attribute"]:
        """Its sub-attributes by their names in lower case."""
        return {each.name.lower(): each for each in self.sub}

    @property
    def is_read_only(self) -> bool:
        """True if values that a client sends are ignored."""
        return self.mutability == "readOnly"

    @property
    def document(self) -> dict[str, Any]:
        """The definition in the form of a schema document."""
        document: dict[str, Any] = {
            "name": self.name,
            "type": self.type.value,
            "multiValued": self.multi_valued,
            "description": self.description or self.name,
            "required": self.required,
            "caseExact": self.case_exact,
            "mutability": self.mutability,
            "returned": "default",
            "uniqueness": "server" if self.unique else "none",
        }
        if self.canonical:
            document["canonicalValues"] = list(self.canonical)
        if self.refers_to:
            document["referenceTypes"] = list(self.refers_to)
        if self.sub:
            document["subAttributes"] = [each.document for each in self.sub]
        return document


class Schema(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A schema, or an extension of one."""

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Attribute]:
        """Its attributes by their names in lower case."""
        return {each.name.lower(): each for each in self.attributes}


class ResourceType(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Users or groups: their schema and its extensions."""

    kind: ResourceKind
    name: str
    schema: Schema
    extensions: tuple[Schema, ...] = ()

    @cached_property
    def common(self) -> Mapping[str, Attribute]:
        """Its attributes that belong to no extension, by their names in lower case."""
        return {**_COMMON, **self.schema.by_name}

    def extension(self, urn: str) -> Schema | None:
        """The extension with an identifier; case is ignored."""
        return next((each for each in self.extensions if each.id.lower() == urn.lower()), None)


def _texts(*names: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name=name) for name in names)


def _complex(name: str, description: str, *sub: Attribute, **more: Any) -> Attribute:
    return Attribute(name=name, description=description, type=AttributeType.COMPLEX, sub=sub, **more)


def _several(name: str, description: str, types: Sequence[str], *sub: str) -> Attribute:
    return _complex(
        name,
        description,
        *_texts(*(sub or ("value", "display"))),
        Attribute(name="type", canonical=tuple(types)),
        Attribute(name="primary", type=AttributeType.BOOLEAN),
        multi_valued=True,
    )


_COMMON: Mapping[str, Attribute] = {
    each.name.lower(): each
    for each in (
        Attribute(name="id", case_exact=True, mutability="readOnly"),
        Attribute(name="externalId", case_exact=True),
        _complex(
            "meta",
            "The metadata of the resource.",
            Attribute(name="resourceType", case_exact=True, mutability="readOnly"),
            Attribute(name="created", type=AttributeType.DATE_TIME, mutability="readOnly"),
            Attribute(name="lastModified", type=AttributeType.DATE_TIME, mutability="readOnly"),
            Attribute(name="location", type=AttributeType.REFERENCE, case_exact=True, mutability="readOnly"),
            Attribute(name="version", case_exact=True, mutability="readOnly"),
            mutability="readOnly",
        ),
    )
}

_PLACES = ("work", "home", "other")
USER_SCHEMA = Schema(
    id=f"{CORE}:User",
    name="User",
    description="A user account.",
    attributes=(
        Attribute(name="userName", description="The unique name of the user.", required=True, unique=True),
        _complex(
            "name",
            "The parts of the name.",
            *_texts("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"),
        ),
        *_texts("displayName", "nickName"),
        Attribute(name="profileUrl", type=AttributeType.REFERENCE, case_exact=True, refers_to=("external",)),
        *_texts("title", "userType", "preferredLanguage", "locale", "timezone"),
        Attribute(name="active", description="False: the user has left.", type=AttributeType.BOOLEAN),
        _several("emails", "Mail addresses.", _PLACES),
        _several("phoneNumbers", "Telephone numbers.", ("work", "home", "mobile", "fax", "pager", "other")),
        _several(
            "addresses",
            "Postal addresses.",
            _PLACES,
            *("formatted", "streetAddress", "locality", "region", "postalCode", "country"),
        ),
        _several("roles", "The roles of the user in the organization.", ()),
    ),
)
ENTERPRISE_SCHEMA = Schema(
    id=ENTERPRISE,
    name="EnterpriseUser",
    description="Attributes of a user in an enterprise.",
    attributes=(
        *_texts("employeeNumber", "costCenter", "organization", "division", "department"),
        _complex(
            "manager",
            "The user to whom this one reports.",
            Attribute(name="value", description="The id of the manager.", case_exact=True),
            Attribute(name="$ref", type=AttributeType.REFERENCE, case_exact=True, refers_to=("User",)),
            Attribute(name="displayName", mutability="readOnly"),
        ),
    ),
)
GROUP_SCHEMA = Schema(
    id=f"{CORE}:Group",
    name="Group",
    description="A group of users and other groups.",
    attributes=(
        Attribute(name="displayName", description="The name of the group.", required=True),
        _complex(
            "members",
            "The users and groups in the group.",
            Attribute(name="value", description="The id of the member.", case_exact=True, mutability="immutable"),
            Attribute(
                name="$ref",
                type=AttributeType.REFERENCE,
                case_exact=True,
                refers_to=("User", "Group"),
                mutability="immutable",
            ),
            Attribute(name="type", canonical=("User", "Group"), mutability="immutable"),
            Attribute(name="display"),
            multi_valued=True,
        ),
    ),
)
USERS = ResourceType(kind=ResourceKind.USER, name="User", schema=USER_SCHEMA, extensions=(ENTERPRISE_SCHEMA,))
GROUPS = ResourceType(kind=ResourceKind.GROUP, name="Group", schema=GROUP_SCHEMA)
RESOURCE_TYPES: Mapping[ResourceKind, ResourceType] = {each.kind: each for each in (USERS, GROUPS)}
SCHEMAS = (USER_SCHEMA, ENTERPRISE_SCHEMA, GROUP_SCHEMA)
