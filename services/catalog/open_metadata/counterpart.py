"""Another metadata server as a third party: its outage is not an outage of the daemon's own metadata server."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from services.catalog import messages
from services.errors import (
    ConnectorConfigurationError,
    InvalidParameterError,
    MetadataServerNotUnderstoodError,
    MetadataServerUnavailableError,
    PropertyServerError,
    ThirdPartyUnavailableError,
    UserNotAuthorizedError,
)
from services.framework.context import IntegrationContext
from services.metadata.changes import ElementPage, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.remote import open_remote_store
from services.metadata.store import MetadataStore
from services.secret import Secret

T = TypeVar("T")


class CounterpartSettings(NamedTuple):
    """Address and credentials of the other metadata server."""

    url: str
    server: str
    user: str
    token: Secret | None
    ca_bundle: str


class Counterpart:
    """The read operations of the other metadata server.

    Raises `ThirdPartyUnavailableError` if the server does not answer, `UserNotAuthorizedError` if it does not permit
    the
    request, and `ConnectorConfigurationError` if it is not a metadata server that this program supports.
    """

    def __init__(self, store: MetadataStore, settings: CounterpartSettings) -> None:
        self.settings = settings
        self._store = store

    async def find_page(self, query: Query) -> ElementPage:
        """A page of elements."""
        return await self._asked(lambda: self._store.find_page(query))

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        """Elements by GUID."""
        return await self._asked(lambda: self._store.get(guids))

    async def relationships(self, guids: Sequence[str]) -> list[RelationshipRecord]:
        """The relationships of some elements."""
        return await self._asked(lambda: self._store.relationships(guids))

    def broken(self, cause: str) -> ThirdPartyUnavailableError:
        """The error for a server whose responses are incomplete."""
        return ThirdPartyUnavailableError(messages.NOT_AVAILABLE, address=self._address, cause=cause)

    @property
    def _address(self) -> str:
        return f"{self.settings.url} ({self.settings.server})"

    async def _asked(self, request: Callable[[], Awaitable[T]]) -> T:
        address = self._address
        try:
            return await request()
        except UserNotAuthorizedError as error:
            raise UserNotAuthorizedError(messages.LOGIN_REFUSED, address=address, cause=error) from None
        except MetadataServerUnavailableError as error:
            raise ThirdPartyUnavailableError(messages.NOT_AVAILABLE, address=address, cause=error) from None
        except (MetadataServerNotUnderstoodError, InvalidParameterError) as error:
            raise ConnectorConfigurationError(messages.NOT_A_CATALOGUE, address=address, cause=error) from None
        except PropertyServerError as error:
            raise ThirdPartyUnavailableError(messages.NOT_AVAILABLE, address=address, cause=error) from None


@asynccontextmanager
async def open_counterpart(settings: CounterpartSettings, context: IntegrationContext) -> AsyncIterator[Counterpart]:
    """The other metadata server, open until the end of the block; its protocol is detected at its first use."""
    try:
        opening = open_remote_store(
            settings.url,
            settings.server,
            settings.user,
            Path(settings.ca_bundle) if settings.ca_bundle else None,
            token=settings.token,
            allowance=context.settings.allowance,
        )
        async with opening as store:
            yield Counterpart(store, settings)
    except InvalidParameterError as error:  # unreadable certificates, or an address that the platform does not allow
        raise ConnectorConfigurationError(messages.NOT_A_CATALOGUE, address=settings.url, cause=error) from None
