"""The connector that publishes protections as a bundle of the Open Policy Agent."""

from functools import partial

import trio

from services.errors import ConnectorConfigurationError
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import text_setting, wrong_setting
from services.security.exporting import Reading, publish
from services.security.opa.bundle import Sign, bundle
from services.security.opa.document import DataDocument, DocumentTooLargeError
from services.security.opa.signing import KeyNotUsableError, signer
from services.security.protection import PROTECTED
from services.security.publishing import messages
from services.security.publishing.target import FileTarget, Target, path_in
from services.security.selection_settings import SELECTION, selection_of
from services.security.service import SecurityIntegratorConnector

MOST_BYTES = 100 * 2**20
"""Maximum size of the data document. OPA needs several times as much memory for it."""
_KEY = "signingKey"


class OPABundle(SecurityIntegratorConnector):
    """Publishes the protection in open metadata as a bundle, which OPA reads from a file or downloads by HTTP.

    The bundle is written atomically, and only if it has changed.
    """

    provider = ConnectorProvider(
        description="Publishes protections as Open Policy Agent bundles.",
        exchange=Exchange(
            directions=(PermittedSynchronization.TO_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="To create files in the directory of the bundle. The Open Policy Agent needs a token with the role "
            "bundle-reader.",
            reads=PROTECTED,
            example="protection.md#open-policy-agent",
        ),
        endpoint="the path of the bundle, such as /srv/bundles/hospital.tar.gz; none: the daemon serves it",
        endpoint_is_path=True,
        supposes_sending=True,
        settings=(
            Setting(
                name="bundleName",
                description="the name under which the daemon serves the bundle, at /api/v1/bundles/NAME; none: it is "
                "not served",
            ),
            *SELECTION,
            Setting(
                name="policy",
                description="true: the bundle has a policy that answers whether a group has access; false: data alone",
                default=True,
            ),
            Setting(
                name="keyId",
                description="the name in OPA's configuration of the key that signs, securedProperties.signingKey",
                default="default",
            ),
        ),
    )

    async def initialize(self) -> None:
        """Set the initial state: no target is held."""
        self._targets: list[Target] = []

    async def start(self) -> None:
        """Check the settings, and lock the targets against other connectors."""
        self.read_settings()
        await self._signer()
        targets: list[Target] = []
        if self._path:
            targets.append(FileTarget(self.connector_name, self._path))
        if self._name:
            targets.append(self.context.served_bundle(self._name))
        for target in targets:
            await target.hold()
            self._targets.append(target)

    async def refresh(self) -> None:
        """Publish the bundle if it has changed."""
        sign = await self._signer()
        reading, document = Reading(self.context, self._selection), DataDocument(MOST_BYTES)
        try:
            async for element in reading.elements:
                reading.note(element)
                document.add(element)
        except DocumentTooLargeError:
            limit = f"{MOST_BYTES // 2**20} MiB"
            raise ConnectorConfigurationError(messages.TOO_LARGE, connector=self.connector_name, limit=limit) from None
        reading.report()
        content = await trio.to_thread.run_sync(
            lambda: bundle(document.content(), with_policy=self._with_policy, sign=sign)
        )
        await publish(self.context, self._targets, content, count=reading.count)

    async def disconnect(self) -> None:
        """Release the targets for other connectors."""
        while self._targets:
            await self._targets.pop().release()

    async def probe(self) -> str:
        """The target of the bundle."""
        self.read_settings()
        await self._signer()
        if self._path:
            await FileTarget(self.connector_name, self._path).check()
        return f"a bundle in {self._path}" if self._path else f"the bundle {self._name}, which the daemon serves"

    def read_settings(self) -> None:
        """Read and check the settings."""
        address = self.connection.address
        self._path = path_in(address) if address else ""
        self._name = text_setting(self.context, "bundleName")
        if not self._path and not self._name:
            raise wrong_setting(self.context, "bundleName", "neither it nor an endpoint address is set")
        self._selection = selection_of(self.context)
        self._with_policy = self.context.is_set("policy", default=True)
        self._key_id = text_setting(self.context, "keyId", "default")

    async def _signer(self) -> Sign | None:
        """The signing function; `None` without a key. The key is read at each refresh, so it can be rotated."""
        secret = (self.connection.secured_properties or {}).get(_KEY)
        if secret is None:
            return None
        key = await trio.to_thread.run_sync(secret.reveal)
        try:
            return await trio.to_thread.run_sync(partial(signer, key, self._key_id))
        except KeyNotUsableError as error:
            raise ConnectorConfigurationError(
                messages.KEY_NOT_USABLE, connector=self.connector_name, problem=error
            ) from None
