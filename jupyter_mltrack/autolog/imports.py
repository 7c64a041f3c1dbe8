"""Learning that a module was imported, at the price of one comparison per import."""

import contextlib
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from jupyter_mltrack.tracking.problems import problems


class ImportWatcher(MetaPathFinder):
    """Calls back once each named module has been executed; those there already, at once.

    It stands first on ``sys.meta_path`` only while it waits for something.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Callable[[], None]] = {}
        self._searching: set[str] = set()

    def watch(self, name: str, callback: Callable[[], None]) -> None:
        """Call ``callback`` when the module ``name`` is ready."""
        if name in sys.modules:
            callback()
            return
        self._waiting[name] = callback
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Wait for nothing any more."""
        self._waiting.clear()
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find a module that is waited for, as the others would, and arrange for the call."""
        if fullname not in self._waiting or fullname in self._searching:
            return None
        self._searching.add(fullname)
        try:
            spec = _find_otherwise(self, fullname, path, target)
        finally:
            self._searching.discard(fullname)
        if spec is not None and spec.loader is not None:
            self._attach(fullname, spec.loader)
        return spec

    def _attach(self, name: str, loader: Loader) -> None:
        # On the instance, and taken away again: the module's loader ends up as it always was.
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)
            execute(module)
            callback = self._waiting.pop(name, None)
            if not self._waiting:
                self.stop()
            if callback is not None:
                with problems.caught(f"autologging {name}"):
                    callback()

        with contextlib.suppress(AttributeError, TypeError):  # a loader without a __dict__
            loader.exec_module = exec_module  # type: ignore[method-assign]


def _find_otherwise(
    watcher: ImportWatcher,
    fullname: str,
    path: Sequence[str] | None,
    target: ModuleType | None,
) -> ModuleSpec | None:
    for finder in list(sys.meta_path):
        find: Any = getattr(finder, "find_spec", None)
        if finder is not watcher and find is not None:
            spec: ModuleSpec | None = find(fullname, path, target)
            if spec is not None:
                return spec
    return None
