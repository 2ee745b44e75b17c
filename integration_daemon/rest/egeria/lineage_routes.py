"""The routes of lineage of the Asset Manager OMAS: relationships between processes, and between their data."""

from integration_daemon.rest.egeria.asset_manager_routes import ASSET_MANAGER
from integration_daemon.rest.egeria.kind_bodies import HomeQuery
from integration_daemon.rest.egeria.link_routes import attach, detach, link, unlink, update_link
from integration_daemon.rest.route import Route

_CHANGES = ASSET_MANAGER.changes
_PARENT = "/processes/parent/{end1}/child/{end2}"
_LINKS = (
    ("DataFlow", "/data-flows", "/suppliers/{end1}/consumers/{end2}"),
    ("ControlFlow", "/control-flows", "/current-steps/{end1}/next-steps/{end2}"),
    ("ProcessCall", "/process-calls", "/callers/{end1}/called/{end2}"),
    ("LineageMapping", "/lineage-mappings", "/sources/{end1}/destinations/{end2}"),
)
"""The relationships of lineage, with the paths of their routes."""


def _rows(relationship: str, path: str, ends: str) -> tuple[Route, ...]:
    return (
        _CHANGES(path + ends, link(ASSET_MANAGER, relationship), query=HomeQuery, answer="GUIDResponse",
                 action=f"setup{relationship}"),
        _CHANGES(path + "/{relationship}/update", update_link(ASSET_MANAGER), query=HomeQuery,
                 action=f"update{relationship}"),
        _CHANGES(path + "/{relationship}/remove", unlink(ASSET_MANAGER), query=HomeQuery,
                 action=f"clear{relationship}"),
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    _CHANGES(_PARENT, attach(ASSET_MANAGER, "ProcessHierarchy"), query=HomeQuery, action="setupProcessParent"),
    _CHANGES(_PARENT + "/remove", detach(ASSET_MANAGER, "ProcessHierarchy"), query=HomeQuery,
             action="clearProcessParent"),
    *(row for each in _LINKS for row in _rows(*each)),
    _CHANGES("/lineage-mappings/sources/{end1}/destinations/{end2}/remove", detach(ASSET_MANAGER, "LineageMapping"),
             query=HomeQuery, action="clearLineageMapping"),
)  # fmt: skip
