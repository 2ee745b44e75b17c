"""Those who wait for the work of a connector: whether it is under way for them, and how they stop waiting."""

from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.dispatch.completion import Completion


def withdraw(connector: ManagedConnector, completion: Completion[ManagedConnector]) -> bool:
    """Take back a request that no work has taken yet, and answer its completion; false if there is none.

    The work is left to others who wait for it too.
    """
    requests = connector.requests
    if requests is None or completion not in requests.completions:
        return False
    requests.completions = tuple(each for each in requests.completions if each is not completion)
    if not requests.completions and connector.due is None:  # the schedule has not asked for it as well
        requests.clear()
    completion.one_done(connector)
    return True


def leave(connector: ManagedConnector, completion: Completion[ManagedConnector]) -> bool:
    """Answer one of those who wait for the work in progress, which goes on; false if nobody else waits for it."""
    taken = connector.in_progress
    others = () if taken is None else tuple(each for each in taken.completions if each is not completion)
    if taken is None or not others or not works_for(connector, completion):
        return False
    taken.completions = others
    completion.one_done(connector)
    return True


def awaits(connector: ManagedConnector, completion: Completion[ManagedConnector]) -> bool:
    """True if something that this completion waits for has not ended."""
    waiting = connector.requests is not None and completion in connector.requests.completions
    return waiting or works_for(connector, completion)


def works_for(connector: ManagedConnector, completion: Completion[ManagedConnector]) -> bool:
    """True if the work in progress has taken the request of this completion."""
    return connector.in_progress is not None and completion in connector.in_progress.completions
