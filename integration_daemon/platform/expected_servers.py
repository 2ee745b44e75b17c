"""The expected servers of a platform: those of the command line, and those that have been started since."""

from collections.abc import Callable, Iterable, Mapping

YET_TO_START = "it is yet to be started"
ENDED = "it has ended"


class ExpectedServers:
    """The expected servers, each with the reason why it does not run, if it does not."""

    def __init__(self) -> None:
        self._problems: dict[str, str] = {}

    @property
    def problems(self) -> Mapping[str, str]:
        """The reasons by the name of the server; each is valid only while the server does not run."""
        return self._problems

    def expect(self, names: Iterable[str]) -> None:
        """Note servers that will be started."""
        self._problems.update(dict.fromkeys(names, YET_TO_START))

    def note_start(self, name: str) -> Callable[[str], None]:
        """Note a server that is being started; returns a function to call with the reason if it cannot start.

        A server that was not expected before, and that failed to start, is not expected afterwards: the caller who
        requested the start receives the error.
        """
        was_expected = name in self._problems
        self._problems[name] = ENDED

        def note_failure(problem: str) -> None:
            if was_expected:
                self._problems[name] = problem
            else:
                self.dismiss(name)

        return note_failure

    def note_end(self, name: str, problem: str) -> None:
        """Note the reason why a server has ended, unless a stop was requested."""
        if name in self._problems:
            self._problems[name] = problem

    def dismiss(self, name: str) -> None:
        """Note that a stop of a server was requested."""
        self._problems.pop(name, None)
