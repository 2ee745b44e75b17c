"""PostgreSQL as the metadata store, for those who have one. Needs the extra `integration-daemon[postgres]`."""

from services.metadata.postgres.store import open_postgres_store

__all__ = ["open_postgres_store"]
