"""Makes a change of a server's stored document, checks it, and stores it as a new version, or refuses it. Blocks."""

from collections.abc import Callable

from integration_daemon.config.check import NO_SERVICES
from integration_daemon.config.checked import Checked, checked
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.problem import Problem, problems_error
from integration_daemon.config.server_type import INTEGRATION_DAEMON
from integration_daemon.config.stored_secrets import concealed, mask_problems, with_secrets_of
from integration_daemon.config.versions import Origin, Version
from integration_daemon.platform import messages
from integration_daemon.platform.audit_destinations import allowed_destinations
from integration_daemon.platform.data_directory import server_directory
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.server import Server
from integration_daemon.platform.server_documents import ServerDocuments

DocumentChange = Callable[[OMAGServerConfig], OMAGServerConfig]
"""Makes the changed document from the stored one; may raise a `DescribedError`. It is called on a worker thread."""


def changed_document(
    documents: ServerDocuments,
    settings: PlatformSettings,
    name: str,
    change: DocumentChange,
    running: Server | None,
    origin: Origin,
) -> Version:
    """Store the changed document of a server; raises `ProblemsError`, and stores nothing, if it would have errors.

    For a server without a document, an empty document is changed. `running` is the server if it runs.
    """
    store, variables, allowance = documents.store, documents.variables.load(), settings.allowance
    old = store.load(name)
    before = old if old is not None else OMAGServerConfig(local_server_name=name)
    changed, masks = with_secrets_of(change(before), lambda: old)
    problems = mask_problems(masks)
    found = checked(changed, variables, allowance)
    if running is not None:
        problems += [*found.unset, *found.errors]
        if running.type_name == INTEGRATION_DAEMON and not found.config.has_connectors and not problems:
            problems.append(Problem(NO_SERVICES, "the integration daemon that is running needs at least one service"))
    elif found.errors:
        problems += _new_errors(found, checked(before, variables, allowance))
    if problems:
        raise problems_error(messages.CHANGE_NOT_USABLE, concealed(problems, old), server=name)
    if found.stored.repository_services_config != before.repository_services_config:
        allowed_destinations(found.config, server_directory(settings.data_directory, name) / "logs", settings)
    return store.save(found.stored, origin, in_effect=running.version if running is not None else 0)


def _new_errors(found: Checked, before: Checked) -> list[Problem]:
    """The errors of the change: those that do not report an incomplete document, and did not exist before."""
    known = {each.text for each in before.errors}
    incomplete = {NO_SERVICES, *(each.path for each in found.unset)}
    return [each for each in found.errors if each.path not in incomplete and each.text not in known]
