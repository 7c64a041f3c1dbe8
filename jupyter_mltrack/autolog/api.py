"""Switching autologging on and off, for this process."""

import functools
import inspect
import sys
from collections.abc import Mapping
from typing import Any, Final, Unpack

import msgspec

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.choices import Choices
from jupyter_mltrack.autolog.deferred import load_ahead
from jupyter_mltrack.autolog.imports import ImportWatcher
from jupyter_mltrack.autolog.observed import overhead
from jupyter_mltrack.autolog.options import SPELLINGS, GivenOptions, Options
from jupyter_mltrack.autolog.patching import Patcher
from jupyter_mltrack.autolog.registry import FRAMEWORKS, Framework
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.tracking.problems import problems

TESTED: Final[dict[str, tuple[tuple[int, int], tuple[int, int]]]] = {"sklearn": ((1, 6), (1, 9))}
"""The oldest and newest version (major, minor) that is tested; of others, all are taken."""


class FrameworkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What autologging does with a framework.

    ``state`` is ``off``, ``waiting`` (not imported yet) or ``on``, ``reason`` why it is off;
    ``patched`` counts the methods and functions that are observed; ``fits`` are recorded so far;
    ``failures`` are (where, message, how often); ``sources`` says where options were set.
    """

    name: str
    state: str
    patched: int
    fits: int
    reason: str
    failures: list[tuple[str, str, int]]
    options: Options
    sources: dict[str, str]


class AutologStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether autologging is on, and what it has cost the user's threads so far (seconds).

    ``left_out`` counts what was not recorded of the many fits of a loop; ``complaints`` are
    sentences about settings that could not be used.
    """

    enabled: bool
    frameworks: list[FrameworkStatus]
    recorded_fits: int
    left_out: int
    overhead_seconds: float
    complaints: list[str]


class _Autologger:
    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.on: set[str] = set()
        self.watcher = ImportWatcher()
        self.patchers: dict[str, Patcher] = {}
        self.unsupported: dict[str, str] = {}
        self.untold: list[str] = []
        self.told: set[str] = set()
        self.choices = Choices(framework.name for framework in FRAMEWORKS)

    @property
    def enabled(self) -> bool:
        return bool(self.on)

    def start(self, framework: str = "") -> None:
        """Log a framework, or all, as far as the options allow."""
        self.asked |= {framework} if framework else {known.name for known in FRAMEWORKS}
        self.choices.read()
        self.untold = [text for text in self.choices.complaints if text not in self.told]
        self.apply()
        load_ahead(framework.adapter for framework in FRAMEWORKS if framework.name in self.on)

    def apply(self) -> None:
        """Make what is observed what the options say."""
        state.options = self.choices.resolve()
        was_on = set(self.on)
        for framework in FRAMEWORKS:
            options = state.by_framework[framework.name] = self.choices.resolve(framework.name)
            wanted = framework.name in self.asked and not options.disable
            if wanted and framework.name not in self.on:
                self._switch_on(framework)
            elif not wanted and framework.name in self.on:
                self._switch_off(framework)
        if was_on:
            self.refresh()

    def stop(self) -> None:
        self.watcher.stop()
        for framework in FRAMEWORKS:
            if framework.name in self.on:
                self._switch_off(framework)
        self.asked.clear()
        self.choices.forget_calls()

    def _switch_on(self, framework: Framework) -> None:
        self.on.add(framework.name)
        self.unsupported.pop(framework.name, None)
        for module in framework.modules:
            self.watcher.watch(module, functools.partial(self._install, framework, module))

    def _switch_off(self, framework: Framework) -> None:
        self.on.discard(framework.name)
        patcher = self.patchers.pop(framework.name, None)
        if patcher is not None:
            patcher.unpatch_all()
            framework.load().forget_everything()

    def _install(self, framework: Framework, module: str) -> None:
        if framework.name not in self.on or self._is_refused(framework.name):
            return
        with problems.caught(f"autologging {framework.name}"):
            patcher = self.patchers.setdefault(framework.name, Patcher())
            framework.load().install(patcher, module)

    def _is_refused(self, name: str) -> bool:
        found = getattr(sys.modules.get(name), "__version__", "")
        is_refused = state.options_of(name).disable_for_unsupported_versions and not _is_tested(
            name, found
        )
        if is_refused:
            self.unsupported[name] = f"version {found} is not one that is tested"
        return is_refused

    def refresh(self) -> None:
        for framework in FRAMEWORKS:
            patcher = self.patchers.get(framework.name)
            if patcher is not None:
                with problems.caught(f"autologging {framework.name}"):
                    framework.load().refresh(patcher)

    def status(self) -> AutologStatus:
        return AutologStatus(
            enabled=self.enabled,
            frameworks=[self._status_of(framework) for framework in FRAMEWORKS],
            recorded_fits=state.recorded_fits,
            left_out=state.left_out,
            overhead_seconds=overhead.nanoseconds / 1e9,
            complaints=list(self.choices.complaints),
        )

    def _status_of(self, framework: Framework) -> FrameworkStatus:
        name = framework.name
        patched = len(self.patchers.get(name, ()))
        is_on = name in self.on
        reason = "" if not is_on else self.unsupported.get(name, "")
        options = self.choices.resolve(name)
        if not is_on and name in self.asked and options.disable:
            reason = "switched off"
        known = "on" if patched else "waiting"
        return FrameworkStatus(
            name=name,
            state=known if is_on and not reason else "off",
            patched=patched,
            fits=state.fits_by_framework[name],
            reason=reason,
            failures=[
                (one.where, one.message, one.count)
                for one in problems.list_problems()
                if one.where == f"autologging {name}"
            ],
            options=options,
            sources=self.choices.sources(name),
        )


def _is_tested(name: str, version: str) -> bool:
    if name not in TESTED:
        return True
    try:
        major, minor = (int(part) for part in version.split(".")[:2])
    except ValueError:
        return False
    oldest, newest = TESTED[name]
    return oldest <= (major, minor) <= newest


_autologger: Final = _Autologger()


def start(options: Options | None = None) -> None:
    """Log the fits from now on; a framework not imported yet is awaited, never imported.

    With options these count, as a call of :func:`autolog`; without, what is set already.
    """
    if options is not None:
        defaults = Options()
        fields = msgspec.structs.asdict(options)
        given = {k: v for k, v in fields.items() if v != getattr(defaults, k)}
        _autologger.choices.call("", given)
    _autologger.start()


def stop() -> None:
    """Log no more, put everything back as it was, and forget what calls said of options."""
    _autologger.stop()


def refresh() -> None:
    """Observe what was defined meanwhile; to be called before each cell (a fraction of a ms)."""
    _autologger.refresh()


def status() -> AutologStatus:
    """What autologging does."""
    return _autologger.status()


def read_settings() -> AutologStatus:
    """What settings files and the environment say, without starting anything."""
    _autologger.choices.read()
    return _autologger.status()


def take_complaints() -> list[str]:
    """What is wrong with settings that could not be used; each once."""
    untold, _autologger.untold = _autologger.untold, []
    _autologger.told.update(untold)
    return untold


def change(framework: str, given: Mapping[str, Any]) -> None:
    """Change some options of a framework, or of all (an empty name); the others stay.

    Raises
    ------
    InvalidParameterValue
        There is no such framework or option, or it cannot have this value.
    """
    _check_framework(framework)
    _autologger.choices.change(framework, given)
    if given.get("disable") is False:
        _autologger.start(framework)
    else:
        _autologger.apply()


def autolog(**options: Unpack[GivenOptions]) -> None:
    """Log every fit as a run, from now on; or, with ``disable=True``, no more.

    The options are MLflow's, by their names or short ones (``models`` for ``log_models``,
    ``datasets``, ``plots``, ``max_children`` for ``max_tuning_runs``), and ``exclude`` (estimators
    not to log, by class or name) and ``checks`` (which methodological checks are made: True,
    False, or ``{"seed": False}``). What is not given is as settings files and environment say.
    ``%mltrack autolog`` shows all of them with their values.

    Raises
    ------
    InvalidParameterValue
        There is no such option, or it cannot have this value.
    """
    _autolog("", options)


def framework_autolog(framework: str, options: Mapping[str, Any]) -> None:
    """Log a framework, or no more; what is said here of it counts over :func:`autolog`.

    Raises
    ------
    InvalidParameterValue
        There is no such option, or it cannot have this value.
    """
    _check_framework(framework)
    _autolog(framework, options)


def _autolog(framework: str, options: Mapping[str, Any]) -> None:
    _autologger.choices.call(framework, {"disable": False, **options})
    if options.get("disable") is True and not framework:
        stop()
    else:
        _autologger.start(framework)
    for complaint in take_complaints():
        sys.stderr.write(f"mltrack: {complaint}\n")


def _check_framework(framework: str) -> None:
    names = [known.name for known in FRAMEWORKS]
    if framework and framework not in names:
        raise InvalidParameterValue(
            f"{framework!r} is no framework that is autologged; those are {', '.join(names)}."
        )


def shown_signature() -> inspect.Signature:
    """The options with their defaults, for help and completion."""
    defaults = Options()
    names = list(GivenOptions.__annotations__)
    return inspect.Signature(
        [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=getattr(defaults, SPELLINGS.get(name, name)),
            )
            for name in names
        ],
        return_annotation=None,
    )


autolog.__signature__ = shown_signature()  # type: ignore[attr-defined]
