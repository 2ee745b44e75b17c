"""The completions that wait for the work of a connector: queries, and their withdrawal."""

from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.dispatch.completion import Completion


def withdraw(connector: ManagedConnector, completion: Completion[ManagedConnector]) -> bool:
    """Withdraw the request of a completion that no work has taken yet, and answer it; false if there is none.

    Work that other completions wait for stays requested.
    """
    requests = connector.requests
    if requests is None or completion not in requests.completions:
        return False
    requests.completions = tuple(each for each in requests.completions if each is not completion)
    if not requests.completions and connector.due is None:  # not requested by the schedule as well
        requests.clear()
    completion.one_done(connector)
    return True


def detach(connector: ManagedConnector, completion: Completion[ManagedConnector]) -> bool:
    """Answer one completion of the work in progress, which continues; false if no other completion waits for it."""
    taken = connector.in_progress
    others = () if taken is None else tuple(each for each in taken.completions if each is not completion)
    if taken is None or not others or not works_for(connector, completion):
        return False
    taken.completions = others
    completion.one_done(connector)
    return True


def awaits(connector: ManagedConnector, completion: Completion[ManagedConnector]) -> bool:
    """True if work of this connector that the completion waits for has not ended."""
    waiting = connector.requests is not None and completion in connector.requests.completions
    return waiting or works_for(connector, completion)


def works_for(connector: ManagedConnector, completion: Completion[ManagedConnector]) -> bool:
    """True if the work in progress has taken the request of this completion."""
    return connector.in_progress is not None and completion in connector.in_progress.completions
