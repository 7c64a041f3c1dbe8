"""Switching autologging on and off, for this process."""

import functools
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.imports import ImportWatcher
from jupyter_mltrack.autolog.options import Options
from jupyter_mltrack.autolog.patching import Patcher, overhead
from jupyter_mltrack.autolog.registry import FRAMEWORKS, Framework
from jupyter_mltrack.tracking.problems import problems


class FrameworkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What autologging does with a framework.

    ``state`` is ``off``, ``waiting`` (not imported yet) or ``on``; ``patched`` counts the methods
    and functions that are observed.
    """

    name: str
    state: str
    patched: int


class AutologStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether autologging is on, and what it has cost the user's threads so far (seconds)."""

    enabled: bool
    frameworks: list[FrameworkStatus]
    recorded_fits: int
    overhead_seconds: float


class _Autologger:
    def __init__(self) -> None:
        self.enabled = False
        self.watcher = ImportWatcher()
        self.patchers: dict[str, Patcher] = {}

    def start(self, options: Options) -> None:
        state.options = options
        if self.enabled:
            refresh()
            return
        self.enabled = True
        for framework in FRAMEWORKS:
            for module in framework.modules:
                self.watcher.watch(module, functools.partial(self._install, framework, module))

    def stop(self) -> None:
        self.enabled = False
        self.watcher.stop()
        for patcher in self.patchers.values():
            patcher.unpatch_all()
        for framework in FRAMEWORKS:
            if framework.name in self.patchers:
                framework.load().forget_everything()
        self.patchers.clear()

    def _install(self, framework: Framework, module: str) -> None:
        with problems.caught(f"autologging {framework.name}"):
            patcher = self.patchers.setdefault(framework.name, Patcher())
            framework.load().install(patcher, module)

    def refresh(self) -> None:
        for framework in FRAMEWORKS:
            patcher = self.patchers.get(framework.name)
            if patcher is not None:
                with problems.caught(f"autologging {framework.name}"):
                    framework.load().refresh(patcher)

    def status(self) -> AutologStatus:
        frameworks = []
        for framework in FRAMEWORKS:
            patched = len(self.patchers.get(framework.name, ()))
            known = "on" if patched else "waiting"
            frameworks.append(
                FrameworkStatus(
                    name=framework.name,
                    state=known if self.enabled else "off",
                    patched=patched,
                )
            )
        return AutologStatus(
            enabled=self.enabled,
            frameworks=frameworks,
            recorded_fits=state.recorded_fits,
            overhead_seconds=overhead.nanoseconds / 1e9,
        )


_autologger: Final = _Autologger()


def start(options: Options | None = None) -> None:
    """Log the fits from now on; a framework not imported yet is awaited, never imported.

    Called again it changes the options.
    """
    _autologger.start(options or Options())


def stop() -> None:
    """Log no more, and put everything back as it was."""
    _autologger.stop()


def refresh() -> None:
    """Observe what was defined meanwhile; to be called before each cell (a fraction of a ms)."""
    _autologger.refresh()


def status() -> AutologStatus:
    """What autologging does."""
    return _autologger.status()


def autolog(
    disable: bool = False,
    *,
    exclude: Sequence[Any] = (),
    extra_tags: dict[str, str] | None = None,
    log_datasets: bool = True,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_post_training_metrics: bool = True,
    max_tuning_runs: int | None = 5,
    pos_label: Any = None,
    silent: bool = False,  # noqa: ARG001 - MLflow's; we are always silent
) -> None:
    """Log every fit as a run, from now on; or, with ``disable``, no more.

    The arguments are MLflow's, and ``exclude``: estimators not to log, by class or name.
    ``max_tuning_runs`` candidates of a search become child runs (None: all); ``pos_label`` makes
    precision, recall and F1 those of that class.
    """
    if disable:
        stop()
        return
    start(
        Options(
            exclude=exclude,
            extra_tags=dict(extra_tags or {}),
            log_datasets=log_datasets,
            log_model_signatures=log_model_signatures,
            log_models=log_models,
            log_post_training_metrics=log_post_training_metrics,
            max_tuning_runs=max_tuning_runs,
            pos_label=pos_label,
        )
    )
