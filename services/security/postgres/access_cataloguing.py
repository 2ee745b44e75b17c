"""Cataloguing of the actual access in PostgreSQL beside the requested one.

    RelationalTable, RelationalColumn ─AssociatedSecurityGroup─▶ SecurityGroup

The relationship has the operation SELECT, the requested access (`requestedState`) and the actual access of the role
(`actualState`).
"""

from collections.abc import Sequence

from services.framework.rejections import record_rejections
from services.metadata.changes import Change, Outcome, Query, Relate, Unrelate
from services.metadata.mapping import to_put
from services.metadata.table_names import SEPARATOR, escaped
from services.metadata.types.people import SecurityGroup
from services.security.context import SecurityIntegratorContext
from services.security.postgres import messages
from services.security.postgres.enforcement import State

ASSOCIATED = "AssociatedSecurityGroup"
CHANGES_AT_ONCE = 500


async def catalogue_states(context: SecurityIntegratorContext, path: str, states: Sequence[State]) -> None:
    """Catalogue the roles of a database and their access; only differences are written."""
    roles = sorted({state.role for state in states})
    names = {role: f"SecurityGroup{SEPARATOR}{path}{SEPARATOR}{escaped(role)}" for role in roles}
    before = await _groups(context, path)
    links = await context.relationships(list(before), type_name=ASSOCIATED) if before else []
    observed = {(each.end1_guid, before[each.end2_guid]): each for each in links if each.end2_guid in before}
    wanted = {(state.guid, names[state.role]): state for state in states}
    removed = [(key, each) for key, each in observed.items() if key not in wanted]
    ends = {each.guid: each.qualified_name for each in await context.get([each.end1_guid for _, each in removed])}
    changes: list[Change] = [
        Unrelate(type_name=ASSOCIATED, end1=ends[guid], end2=name) for (guid, name), _ in removed if guid in ends
    ]
    async with context.reconcile(path + SEPARATOR) as catalog:
        groups = [_group(names[role], path, role) for role in roles]
        await catalog.put([to_put(each, source_key=each.qualified_name.partition(SEPARATOR)[2]) for each in groups])
        for key, state in wanted.items():
            properties = _properties(state)
            if key not in observed or observed[key].properties != properties:
                changes.append(
                    Relate(type_name=ASSOCIATED, end1=state.qualified_name, end2=key[1], properties=properties)
                )
        outcome = Outcome()
        for first in range(0, len(changes), CHANGES_AT_ONCE):
            outcome.add(await context.apply(changes[first : first + CHANGES_AT_ONCE]))
    record_rejections(context, messages.STATE_NOT_CATALOGUED, outcome)


async def _groups(context: SecurityIntegratorContext, path: str) -> dict[str, str]:
    """The qualified names of the catalogued roles, by GUID."""
    query = Query(type_name="SecurityGroup", metadata_source=context.settings.metadata_source)
    prefix = f"SecurityGroup{SEPARATOR}{path}{SEPARATOR}"
    found = await context.find_all(query)
    return {each.guid: each.qualified_name for each in found if each.qualified_name.startswith(prefix)}


def _group(name: str, path: str, role: str) -> SecurityGroup:
    return SecurityGroup(qualified_name=name, display_name=role, description=f"A role of PostgreSQL, in {path}")


def _properties(state: State) -> dict[str, str]:
    return {"operationName": "SELECT", "requestedState": state.requested, "actualState": state.actual}
