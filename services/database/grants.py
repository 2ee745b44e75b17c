"""SQL statements that grant a monitor the required privileges, for an administrator."""

from typing import TypeVar

import msgspec

from audit.message import MessageDefinition

DefinitionT = TypeVar("DefinitionT", bound=MessageDefinition)


def with_grant(definition: DefinitionT, grant: str) -> DefinitionT:
    """A message whose user action ends with a GRANT statement."""
    return msgspec.structs.replace(definition, user_action=f"{definition.user_action.removesuffix('.')}: {grant}")


def mariadb_grant(schema: str | None, user: str) -> str:
    """The GRANT statement for cataloguing one database of a MariaDB or MySQL server, or the whole server."""
    account = "'" + user.replace("\\", "\\\\").replace("'", "''") + "'@'%'"
    if schema is None:
        return f"GRANT REFERENCES, SHOW VIEW, SHOW DATABASES ON *.* TO {account};"
    name = schema.replace("`", "``").replace("_", r"\_").replace("%", r"\%")  # wildcards in a GRANT
    return f"GRANT REFERENCES, SHOW VIEW ON `{name}`.* TO {account};"
