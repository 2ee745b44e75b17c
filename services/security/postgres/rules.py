"""The rules of the configuration, which map protection in open metadata to privileges, policies and masks."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from services.security.postgres.facts import Facts

PUBLIC = "PUBLIC"
"""All roles. PUBLIC is not a role itself; rules can only revoke its privileges."""
COLUMN = "{column}"
"""The placeholder of the column in the expression of a mask."""


class When(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The conditions of a rule, all of which an element must meet."""

    security_label: str | None = None
    security_property: dict[str, str] = {}
    confidentiality_at_least: int | None = None
    zone: str | None = None
    owner: str | None = None

    def is_met(self, facts: Facts) -> bool:
        """True if the facts of an element meet every condition."""
        return (
            (self.security_label is None or self.security_label in facts.labels)
            and all(facts.properties.get(name) == value for name, value in self.security_property.items())
            and (self.confidentiality_at_least is None or facts.level >= self.confidentiality_at_least)
            and (self.zone is None or self.zone in facts.zones)
            and (self.owner is None or self.owner in facts.owners)
        )


class Then(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The effects of a rule on a table or column that meets the conditions."""

    revoke_from: tuple[str, ...] = ()
    """Roles that must not read it."""
    grant_to: tuple[str, ...] = ()
    """Roles that may read it."""
    mask_for: tuple[str, ...] = ()
    """Roles that must not read it, and get a view in which it is masked."""
    mask: str = "NULL"
    """The expression that replaces the column in the view; `{column}` is the column."""
    filter_for: tuple[str, ...] = ()
    """Roles that may read only some rows of the table."""
    filter: str | None = None
    """The condition that these rows meet."""
    comment: str | None = None
    security_labels: dict[str, str] = {}
    """The security label of each provider."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One rule. All rules whose conditions are met apply; a prohibition takes precedence over a permission."""

    when: When
    then: Then


class ProtectionMapping(msgspec.Struct, frozen=True, kw_only=True):
    """The configured mapping: rules, groups and schemas."""

    rules: tuple[Rule, ...]
    groups: dict[str, str] = {}
    """The role of each access group."""
    masking_schemas: dict[str, str] = {}
    """The schema of the masking views of each role."""

    def roles(self) -> frozenset[str]:
        """The roles that the connector manages."""
        named = {role for rule in self.rules for role in _roles_of(rule.then)}
        return frozenset({*named, *self.groups.values()})


def mapping_of(rules: Any, groups: Any, masking_schemas: Any) -> ProtectionMapping:
    """The mapping from the settings; raises `ValueError` that names the invalid setting and the reason."""
    mapping = ProtectionMapping(
        rules=_converted("rules", rules or [], tuple[Rule, ...]),
        groups=_converted("groups", groups or {}, dict[str, str]),
        masking_schemas=_converted("maskingSchemas", masking_schemas or {}, dict[str, str]),
    )
    if rules is None and not mapping.groups:
        raise ValueError("there is neither a rule nor a group; rules: [] takes back what was done before")
    for problem in _problems(mapping):
        raise ValueError(problem)
    return mapping


def _converted(name: str, value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{name}: {error}") from None


def _problems(mapping: ProtectionMapping) -> Iterator[str]:
    for number, rule in enumerate(mapping.rules):
        for problem in _rule_problems(rule, mapping.masking_schemas):
            yield f"rules[{number}]: {problem}"
    if len(set(mapping.masking_schemas.values())) < len(mapping.masking_schemas):
        yield "maskingSchemas: two roles have the same schema"
    for role in sorted(mapping.groups.values()):
        if role == PUBLIC:
            yield "groups: PUBLIC is no role of a group"
    for role in sorted(mapping.roles()):
        if role.startswith("pg_") or not role or "\x00" in role:
            yield f"the role {role!r} is not one whose privileges are managed"


def _rule_problems(rule: Rule, masking_schemas: Mapping[str, str]) -> Iterator[str]:
    when, then = rule.when, rule.then
    if when == When():
        yield "when has no condition"
    if then == Then():
        yield "then has no effect"
    if PUBLIC in (*then.grant_to, *then.mask_for, *then.filter_for):
        yield "PUBLIC can be named in revokeFrom alone"
    if bool(then.filter_for) != (then.filter is not None):
        yield "filter and filterFor need each other"
    if then.mask != Then().mask and not then.mask_for:
        yield "mask needs maskFor"
    for role in then.mask_for:
        if not masking_schemas.get(role):
            yield f"maskingSchemas has no schema for {role}"


def _roles_of(then: Then) -> Collection[str]:
    return {*then.revoke_from, *then.grant_to, *then.mask_for, *then.filter_for}
