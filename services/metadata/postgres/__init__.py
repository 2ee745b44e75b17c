"""The metadata store in a PostgreSQL database. Needs the extra `integration-daemon[postgres]`."""

from services.metadata.postgres.store import look_at_postgres_store, open_postgres_store

__all__ = ["look_at_postgres_store", "open_postgres_store"]
