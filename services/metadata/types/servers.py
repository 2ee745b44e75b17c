"""Servers, and the software deployed on them."""

from services.metadata.types.base import Asset, SoftwareCapability
from services.metadata.types.lineage import DeployedSoftwareComponent


class SoftwareServer(Asset, kw_only=True, rename="camel", omit_defaults=True):
    """A server."""


class DataAccessManager(SoftwareCapability, kw_only=True, rename="camel", omit_defaults=True):
    """A manager of access to data, such as a catalog of a Unity Catalog server."""


class DeployedAnalyticsModel(DeployedSoftwareComponent, kw_only=True, rename="camel", omit_defaults=True):
    """A trained model that is deployed."""
