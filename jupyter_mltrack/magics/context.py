"""What a command is given: the shell, a way to show and to say, and the store to read."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mltrack.magics.notebook import spellings
from jupyter_mltrack.tracking import session as sessions

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store


class Scope(msgspec.Struct, frozen=True):
    """Which runs a command is about unless told otherwise, and how to say so."""

    label: str
    notebook: Sequence[str] | None = None
    experiment: str | None = None


class Context:
    """The shell of a command, and its outputs."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def show(self, bundle: Any) -> None:
        """Display something that has several MIME types."""
        from IPython import display

        display.display(bundle)  # type: ignore[no-untyped-call]

    def show_updatable(self, bundle: Any) -> Any:
        """Display something that ``update`` of what is returned replaces."""
        from IPython import display

        return display.display(bundle, display_id=True)  # type: ignore[no-untyped-call]

    def say(self, text: str) -> None:
        """Write a line the user asked for."""
        sys.stdout.write(f"{text}\n")

    def warn(self, text: str) -> None:
        """Write a line about what is wrong; the cell runs on."""
        sys.stdout.flush()
        sys.stderr.write(f"{text}\n")

    @contextmanager
    def reading(self) -> Iterator["Store"]:
        """The store, after what was logged has had a moment to arrive; says so when it has not."""
        from jupyter_mltrack.magics.start import settle
        from jupyter_mltrack.tracking.reading import open_current_store

        settle(self.shell)
        store, complete = open_current_store()
        try:
            if not complete:
                self.warn(self._incomplete())
            yield store
        finally:
            store.close()

    def scope(self, everything: bool = False, experiment: str | None = None) -> Scope:
        """Runs of this notebook; where it is not known, of this session's experiment; or all."""
        if experiment:
            return Scope(f"experiment {experiment}", experiment=experiment)
        session = sessions.find_session()
        if not everything and session is not None and session.facts.notebook_path:
            path = session.facts.notebook_path
            return Scope(f"{path} (--all: every notebook)", notebook=spellings(path))
        if not everything and session is not None and session.experiment:
            name = session.experiment
            return Scope(f"experiment {name} (--all: every one)", experiment=name)
        return Scope("all notebooks")

    def find_origin(self, store: "Store") -> str:
        """Path of the notebook that this one was copied from; empty when it is no copy."""
        from jupyter_mltrack.query.notebooks import find_origin

        session = sessions.find_session()
        path = session.facts.notebook_path if session else ""
        origin = find_origin(store, spellings(path)) if path else None
        return origin.path if origin else ""

    def resolve(self, store: "Store", names: Sequence[str]) -> list[str]:
        """Ids of the runs these names mean; ``last`` and ``best:`` are looked for here first."""
        from jupyter_mltrack.query.runs import resolve_run

        notebook = self.scope().notebook
        return [resolve_run(store, name, notebook=notebook) for name in names]

    def _incomplete(self) -> str:
        session = sessions.find_session()
        why = session.drainer.last_error if session else ""
        reason = f" ({why})" if why else ""
        return (
            f"Not everything logged has reached the store yet{reason}; it is safe in the journal."
        )
