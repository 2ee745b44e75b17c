"""The statements with which an administrator grants a monitor the privileges it needs."""

import re
from typing import TypeVar

import msgspec

from audit.message import MessageDefinition

DefinitionT = TypeVar("DefinitionT", bound=MessageDefinition)

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def with_grant(definition: DefinitionT, grant: str) -> DefinitionT:
    """A message whose user action ends with a statement."""
    return msgspec.structs.replace(definition, user_action=f"{definition.user_action.removesuffix('.')}: {grant}")


def postgres_grant(database: str, user: str) -> str:
    """The privileges that a PostgreSQL user needs for cataloguing a database."""
    return f"GRANT CONNECT ON DATABASE {_in_postgres(database)} TO {_in_postgres(user)};"


def mariadb_grant(schema: str | None, user: str) -> str:
    """The privileges that a MariaDB or MySQL user needs for cataloguing one database, or the whole server."""
    account = "'" + user.replace("\\", "\\\\").replace("'", "''") + "'@'%'"
    if schema is None:
        return f"GRANT REFERENCES, SHOW VIEW, SHOW DATABASES ON *.* TO {account};"
    name = schema.replace("`", "``").replace("_", r"\_").replace("%", r"\%")  # which are wildcards there
    return f"GRANT REFERENCES, SHOW VIEW ON `{name}`.* TO {account};"


def _in_postgres(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'
