"""The servers that are to run on a platform: those of the command line, and those that were started."""

from collections.abc import Callable, Iterable, Mapping

YET_TO_START = "it is yet to be started"
ENDED = "it has ended"


class DueServers:
    """The servers that are to run, each with the reason why it does not, if it does not."""

    def __init__(self) -> None:
        self._problems: dict[str, str] = {}

    @property
    def problems(self) -> Mapping[str, str]:
        """By the name of the server."""
        return self._problems

    def expect(self, names: Iterable[str]) -> None:
        """Note servers that are going to be started."""
        self._problems.update(dict.fromkeys(names, YET_TO_START))

    def note_start(self, name: str) -> Callable[[str], None]:
        """Note a server that is being started; returns what is to be called with the reason if it cannot start.

        A server that nobody expected, and that has not run, is not missed: whoever has requested its start is told.
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
        """Note why a server has ended, unless somebody wanted it stopped."""
        if name in self._problems:
            self._problems[name] = problem

    def dismiss(self, name: str) -> None:
        """Note that somebody wants a server stopped."""
        self._problems.pop(name, None)
