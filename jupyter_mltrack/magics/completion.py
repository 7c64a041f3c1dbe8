"""The Tab key after ``%mltrack``: commands, options, runs, metrics.

Fast and safe: what the store holds is read by a thread, waited for a twentieth of a second, and
kept for the next press; nothing here raises into the user's prompt.
"""

import re
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from jupyter_mltrack.tracking.problems import problems

if TYPE_CHECKING:
    from jupyter_mltrack.query.names import Names

WAIT_SECONDS: Final = 0.05
FRESH_SECONDS: Final = 3.0

_COMMAND_LINE: Final = re.compile(r"(?:^|[=;]\s*|\s)%%?mltrack\s+(.*)$")
_PLAIN_KEY: Final = re.compile(r"[\w.\-/]+$")


class Completion:
    """A matcher of IPython's completer for the lines of ``%mltrack``."""

    def __init__(self, shell: Any) -> None:
        from IPython.core.completer import context_matcher

        self._shell = shell
        self._names: Names | None = None
        self._read_at = float("-inf")
        self._reader: threading.Thread | None = None

        # The decorator sets attributes, which a bound method does not take.
        @context_matcher(identifier="mltrack")  # type: ignore[untyped-decorator]
        def matcher(context: Any) -> dict[str, Any]:
            return self._match(context)

        self._matcher = matcher

    def install(self) -> None:
        """Add the matcher."""
        self._shell.Completer.custom_matchers.append(self._matcher)

    def remove(self) -> None:
        """Take it away."""
        matchers = self._shell.Completer.custom_matchers
        if self._matcher in matchers:
            matchers.remove(self._matcher)

    def complete(self, line: str) -> tuple[str, list[str]]:
        """What could stand at the end of a line: the fragment to replace, and the words for it."""
        found = _COMMAND_LINE.search(line)
        if found is None:
            return "", []
        words = found.group(1).split()
        fragment = "" if not words or line.endswith((" ", "\t")) else words.pop()
        wanted = self._candidates(words, fragment)
        fits = (word for word in wanted if word.lower().startswith(fragment.lower()))
        return fragment, list(dict.fromkeys(fits))

    def _match(self, context: Any) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        with problems.caught("completing a command"):
            found.append(self._result(context.text_until_cursor))
        return found[0] if found else {"completions": []}

    def _result(self, line: str) -> dict[str, Any]:
        from IPython.core.completer import SimpleCompletion

        fragment, words = self.complete(line)
        return {
            "completions": [SimpleCompletion(text=word, type="mltrack") for word in words],
            "matched_fragment": fragment,
            "suppress": bool(words),
            "ordered": True,
        }

    def _candidates(self, words: list[str], fragment: str) -> Iterable[str]:
        from jupyter_mltrack.magics.commands import COMMANDS

        if not words:
            return COMMANDS
        command = COMMANDS.get(words[0])
        if command is None:
            return []
        parser = command.parser()
        if fragment.startswith("-"):
            return parser.options()
        previous = words[-1]
        if previous.startswith("--") and parser.takes_value(previous):
            return self._values(previous)
        wanted: Iterable[str] = []
        if command.completes == "run":
            wanted = self._runs()
        elif command.completes == "filter":
            wanted = self._filter()
        elif command.completes == "command":
            wanted = COMMANDS
        return [*wanted, *parser.options()] if not fragment else wanted

    def _values(self, option: str) -> list[str]:
        if option == "--run":
            return self._runs()
        names = self._current_names()
        if names is None:
            return []
        values = {
            "--order": [*_keys("metrics", names.metrics), "start_time", "duration"],
            "--experiment": [_quoted(name) for name in names.experiments],
        }
        return values.get(option, [])

    def _runs(self) -> list[str]:
        names = self._current_names()
        if names is None:
            return ["last"]
        best = [f"best:{metric}" for metric in names.metrics if _PLAIN_KEY.match(metric)]
        return ["last", *best, *map(_quoted, names.runs), *names.ids]

    def _filter(self) -> list[str]:
        names = self._current_names()
        if names is None:
            return []
        keys = [*_keys("metrics", names.metrics), *_keys("params", names.params)]
        return [*keys, *names.attributes]

    def _current_names(self) -> "Names | None":
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            if self._reader is None or not self._reader.is_alive():
                self._reader = threading.Thread(
                    target=self._read, name="mltrack-completion", daemon=True
                )
                self._reader.start()
            self._reader.join(WAIT_SECONDS)
        return self._names

    def _read(self) -> None:
        with problems.caught("reading names to complete"):
            self._names = read_names()
            self._read_at = time.monotonic()


def read_names() -> "Names":
    """Read what can be named from the store in use."""
    from jupyter_mltrack.query.names import get_names
    from jupyter_mltrack.store import open_store
    from jupyter_mltrack.tracking.session import store_uri

    store = open_store(store_uri())
    try:
        return get_names(store)
    finally:
        store.close()


def _keys(kind: str, names: Iterable[str]) -> list[str]:
    return [f"{kind}.{name}" if _PLAIN_KEY.match(name) else f"{kind}.`{name}`" for name in names]


def _quoted(name: str) -> str:
    return f"'{name}'" if re.search(r"\s", name) else name
