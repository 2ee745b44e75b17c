"""Changes of a resource by PATCH (RFC 7644, 3.5.2), in the forms that identity providers send.

Microsoft Entra ID writes `Replace`, removes members by a list of values and a manager by an empty text, and changes the
mail address of users that have none (`emails[type eq "work"].value`); Okta sends attributes without a path. All of
these forms are accepted.
"""

from collections.abc import Sequence
from copy import deepcopy
from enum import Enum
from typing import Any, Protocol

import msgspec

from services.organization.scim.filter import (
    And,
    AttributePath,
    Comparison,
    Condition,
    Operator,
    parsed_attribute_path,
    parsed_filter,
)
from services.organization.scim.matching import value_matches
from services.organization.scim.messages import BODY_NOT_A_RESOURCE, PATH_NOT_UNDERSTOOD
from services.organization.scim.refusal import ScimRefusedError
from services.organization.scim.schema import Attribute, ResourceType
from services.organization.scim.values import (
    MEMBERS,
    Content,
    object_of,
    refused,
    require_complete,
    single_value_of,
    value_of,
)

MOST_OPERATIONS = 1_000
MOST_COMPARED = 300_000
"""Maximum number of comparisons of members with conditions in one request, during which all other changes wait."""


class Change(Enum):
    """The kind of an operation."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


class Operation(msgspec.Struct, frozen=True):
    """An operation in the form in which it is sent."""

    op: str
    path: str | None = None
    value: Any = None


class PatchBody(msgspec.Struct, frozen=True):
    """The body of a PATCH request."""

    operations: list[Operation] = msgspec.field(name="Operations")


class Target(msgspec.Struct, frozen=True):
    """The target of a path: an attribute, and possibly a condition on its values and a sub-attribute."""

    path: AttributePath
    condition: Condition | None = None
    sub: str = ""
    """The sub-attribute after the brackets."""


class Members(Protocol):
    """The members of a group, which are stored separately because a group may have very many."""

    def add(self, members: Sequence[Content]) -> None:
        """Add members, except those that are members already."""

    def remove(self, values: Sequence[str]) -> None:
        """Remove members by their ids; unknown ids are ignored."""

    def clear(self) -> None:
        """Remove all members."""

    def all(self) -> list[Content]:
        """All members."""


def operations_of(content: bytes) -> list[Operation]:
    """Decode the operations in a body; raises `ScimRefusedError` if it is invalid."""
    try:
        operations = msgspec.json.decode(content, type=PatchBody).operations
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ScimRefusedError(BODY_NOT_A_RESOURCE, problem=error, scim_type="invalidSyntax") from None
    if len(operations) > MOST_OPERATIONS:
        problem = f"it has {len(operations):,} operations, and at most {MOST_OPERATIONS:,} are carried out together"
        raise ScimRefusedError(BODY_NOT_A_RESOURCE, problem=problem, scim_type="tooMany")
    return operations


def patched(
    resource_type: ResourceType, content: Content, members: Members, operations: Sequence[Operation]
) -> Content:
    """A resource after all operations; raises `ScimRefusedError` for an operation that cannot be carried out."""
    patch = _Patch(resource_type, deepcopy(content), members)
    for each in operations:
        try:
            change = Change(each.op.lower())
        except ValueError:
            problem = f"{each.op[:60]!r} is none of add, replace, remove"
            raise ScimRefusedError(BODY_NOT_A_RESOURCE, problem=problem, scim_type="invalidSyntax") from None
        patch.carry_out(change, each.path, each.value)
    require_complete(resource_type, patch.content)
    return patch.content


def parsed_path(text: str, resource_type: ResourceType) -> Target:
    """Parse a path; raises `ScimRefusedError` if it is invalid."""
    name, bracket, rest = text.strip().partition("[")
    if resource_type.extension(name) is not None:
        return Target(AttributePath(name, ""))
    path = parsed_attribute_path(name)
    if path is None:
        raise _no_path(text, "it does not begin with the name of an attribute")
    if not bracket:
        return Target(path)
    inside, closing, after = rest.rpartition("]")
    if not closing or path.sub or (after and not after.startswith(".")):
        raise _no_path(text, "after a condition in brackets, a dot and a name may come")
    return Target(path, parsed_filter(inside), after[1:])


class _Patch:
    def __init__(self, resource_type: ResourceType, content: Content, members: Members) -> None:
        self.content = content
        self._resource_type = resource_type
        self._members = members
        self._compared = 0

    def carry_out(self, change: Change, path: str | None, value: Any) -> None:
        """Carry out one operation."""
        if not path:
            if change is Change.REMOVE:
                raise _refused_path("", "it is missing", "noTarget")
            if not isinstance(value, dict):
                raise refused("an operation without a path", "it is no object")
            for name, each in value.items():
                self._at(change, name, each, is_named=False)
            return
        self._at(change, path, value, is_named=True)

    def _at(self, change: Change, text: str, value: Any, *, is_named: bool) -> None:
        target = parsed_path(text, self._resource_type)
        path = target.path
        holder, attributes, urn = self.content, self._resource_type.common, ""
        if path.urn and path.urn.lower() != self._resource_type.schema.id.lower():
            extension = self._resource_type.extension(path.urn)
            if extension is None:
                return  # attributes of unknown extensions are not stored
            urn, attributes = extension.id, extension.by_name
            holder = self.content.setdefault(urn, {})
        if not path.name:
            _merge(holder, object_of(attributes, value or {}), change)
        elif (attribute := attributes.get(path.name.lower())) is not None:
            if attribute.is_read_only:
                if is_named:
                    raise _refused_path(text, "it is read only", "mutability")
            elif attribute.name == MEMBERS:
                self._change_members(change, target, attribute, value)
            else:
                _change(change, target, attribute, holder, value)
        if urn and not holder:
            del self.content[urn]

    def _change_members(self, change: Change, target: Target, attribute: Attribute, value: Any) -> None:
        members = self._members
        if target.condition is not None:
            if change is not Change.REMOVE or target.sub:
                raise _no_path(MEMBERS, "members are added and removed as a whole")
            members.remove(self._matching_ids(target.condition, attribute))
            return
        given = value_of(attribute, value) or []
        if any("value" not in each for each in given):
            raise refused(MEMBERS, "a member has no value, which is its id")
        if change is Change.REMOVE and given:
            members.remove([each["value"] for each in given])
            return
        if change is not Change.ADD:
            members.clear()
        members.add(given)

    def _matching_ids(self, condition: Condition, attribute: Attribute) -> list[str]:
        match condition:
            case Comparison(path=path, operator=Operator.EQ, value=str(value)) if path.name.lower() == "value":
                return [value]
        members = self._members.all()
        self._compared += len(members)
        if self._compared > MOST_COMPARED:
            problem = f"its conditions are compared with more than {MOST_COMPARED:,} members"
            raise ScimRefusedError(BODY_NOT_A_RESOURCE, problem=problem, scim_type="tooMany")
        return [each["value"] for each in members if value_matches(condition, attribute, each)]


def _change(change: Change, target: Target, attribute: Attribute, holder: Content, value: Any) -> None:
    """Change one attribute of `holder`, the object that contains it."""
    sub = target.sub or target.path.sub
    if sub and not attribute.sub:
        raise _no_path(attribute.name, "it has no parts")
    if attribute.multi_valued and (target.condition is not None or sub):
        _change_values(change, target.condition, attribute, sub, holder, value)
    elif sub:
        part = dict(holder.get(attribute.name) or {})
        _set(part, attribute.by_name.get(sub.lower()), value, is_removed=change is Change.REMOVE)
        _put(holder, attribute.name, part)
    elif attribute.multi_valued and change is not Change.REPLACE:
        found, given = list(holder.get(attribute.name) or []), value_of(attribute, value) or []
        if change is Change.REMOVE:
            found = [each for each in found if given and each not in given]
        else:
            found += [each for each in given if each not in found]
        _put(holder, attribute.name, value_of(attribute, found))
    elif attribute.sub and not attribute.multi_valued and change is not Change.REMOVE and value not in (None, ""):
        part = single_value_of(attribute, value) or {}
        _put(holder, attribute.name, {**(holder.get(attribute.name) or {}), **part})
    else:
        _put(holder, attribute.name, None if change is Change.REMOVE else value_of(attribute, value))


def _change_values(
    change: Change, condition: Condition | None, attribute: Attribute, sub: str, holder: Content, value: Any
) -> None:
    """Change the values of an attribute that meet a condition, or add a value that meets it."""
    values = [dict(each) for each in holder.get(attribute.name) or []]

    def is_match(each: Content) -> bool:
        return condition is None or value_matches(condition, attribute, each)

    matching = [each for each in values if is_match(each)]
    if change is Change.REMOVE and not sub:
        values = [each for each in values if not is_match(each)]
    elif change is not Change.REMOVE and not matching:
        matching = [_matching_value(condition, attribute)]
        values += matching
    if sub or change is not Change.REMOVE:
        for each in matching:
            if sub:
                _set(each, attribute.by_name.get(sub.lower()), value, is_removed=change is Change.REMOVE)
            else:
                each.update(single_value_of(attribute, value) or {})
    _put(holder, attribute.name, value_of(attribute, [each for each in values if each]))


def _matching_value(condition: Condition | None, attribute: Attribute) -> Content:
    """A value that meets a condition, which may consist only of `eq` and `and`."""
    made: Content = {}
    for each in condition.conditions if isinstance(condition, And) else (condition,):
        if each is None:
            continue
        if not isinstance(each, Comparison) or each.operator is not Operator.EQ:
            raise _refused_path(attribute.name, "no value meets its condition", "noTarget")
        made.update(object_of(attribute.by_name, {each.path.name: each.value}))
    return made


def _set(part: Content, attribute: Attribute | None, value: Any, *, is_removed: bool) -> None:
    if attribute is not None and not attribute.is_read_only:
        _put(part, attribute.name, None if is_removed else single_value_of(attribute, value))


def _merge(holder: Content, part: Content, change: Change) -> None:
    if change is Change.REMOVE:
        holder.clear()
    else:
        holder.update(part)


def _put(holder: Content, name: str, value: Any) -> None:
    if value is None or value in ([], {}, ""):
        holder.pop(name, None)
    else:
        holder[name] = value


def _no_path(text: str, problem: str) -> ScimRefusedError:
    return _refused_path(text, problem, "invalidPath")


def _refused_path(text: str, problem: str, scim_type: str) -> ScimRefusedError:
    return ScimRefusedError(PATH_NOT_UNDERSTOOD, path=repr(text[:60]), problem=problem, scim_type=scim_type)
