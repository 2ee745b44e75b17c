"""The statements with which an administrator grants a monitor the privileges it needs."""

from typing import TypeVar

import msgspec

from audit.message import MessageDefinition

DefinitionT = TypeVar("DefinitionT", bound=MessageDefinition)


def with_grant(definition: DefinitionT, grant: str) -> DefinitionT:
    """A message whose user action ends with a statement."""
    return msgspec.structs.replace(definition, user_action=f"{definition.user_action.removesuffix('.')}: {grant}")


def mariadb_grant(schema: str | None, user: str) -> str:
    """The privileges that a MariaDB or MySQL user needs for cataloguing one database, or the whole server."""
    account = "'" + user.replace("\\", "\\\\").replace("'", "''") + "'@'%'"
    if schema is None:
        return f"GRANT REFERENCES, SHOW VIEW, SHOW DATABASES ON *.* TO {account};"
    name = schema.replace("`", "``").replace("_", r"\_").replace("%", r"\%")  # which are wildcards there
    return f"GRANT REFERENCES, SHOW VIEW ON `{name}`.* TO {account};"
