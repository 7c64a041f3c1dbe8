"""Which of a cell's many fits are recorded whole: the first few, the best, and the last few.

A cell execution (in a script, the session) counts its fits. What is heavy to record (the model,
drawings, checks) is recorded at once for the first :data:`FIRST` of them, and for later ones while
all of it took at most :data:`SHARE` of the time the fits themselves took: slow fits are recorded
whole, however many, and quick ones (:data:`SLOW_SECONDS`) never. The others are light. Of these the
last :data:`LAST` and the best so far are held, and recorded whole when the cell ends (in a script:
before a flush, and at the end), unless they have changed by then.
"""

import functools
import threading
import time
import weakref
from collections import deque
from typing import Any, Final, Protocol

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.isolation import quiet
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.cells import Cell, find_cell
from jupyter_mltrack.tracking.problems import problems
from jupyter_mltrack.tracking.session import TrackingSession, get_session

FIRST: Final = 5
LAST: Final = 3
SHARE: Final = 0.05
SLOW_SECONDS: Final = 0.005
"""Of fits that take less, the share would let one in dozens through: none that anybody chose."""
END_SECONDS: Final = 1.0
"""What is made up for when a cell ends may take so long, or its share of the fits' time."""
MAX_CRITERIA: Final = 12
"""The best by so many metrics are held at most; by what else is measured, none is."""
TRAINING_SCORE: Final = "training_score"
NOTE: Final = (
    "One of many fits of a cell: models and plots are kept of the "
    f"first {FIRST}, the best and the last {LAST}."
)


class LightFit(Protocol):
    """A fit of which only the cheap items were recorded so far."""

    run: ActiveRun

    def hold(self) -> None:
        """Keep alive what is needed to record the rest."""

    def release(self) -> None:
        """Let go of it."""

    def complete(self, why: str) -> bool:
        """Record the rest, and why; False when it is not the same any more."""


class Loop:
    """The fits of one cell execution, or of a script.

    ``memory`` is for what adapters learn of its fits.
    """

    def __init__(self, owner: Cell | TrackingSession) -> None:
        self.fits = 0
        self.fit_seconds = 0.0
        self.heavy_seconds = 0.0
        self.memory: dict[Any, Any] = {}
        self._owner = weakref.ref(owner)
        self._last_heavy = 0.0
        self._light: weakref.WeakValueDictionary[str, LightFit] = weakref.WeakValueDictionary()
        self._last: deque[LightFit] = deque(maxlen=LAST)
        self._best: dict[str, tuple[float, LightFit | None]] = {}
        self._criterion = ""
        self._measured: dict[str, tuple[int, str]] = {}
        self._mutex = threading.Lock()

    def admit(self, seconds: float) -> bool:
        """Count a fit that took so long; whether all of it is to be recorded now."""
        with self._mutex:
            self.fits += 1
            self.fit_seconds += seconds
            if self.fits <= FIRST:
                return True
            if seconds < SLOW_SECONDS:
                return False
            return self.heavy_seconds + self._last_heavy <= SHARE * self.fit_seconds

    def spent(self, seconds: float) -> None:
        """Count what the heavy items of a fit took."""
        with self._mutex:
            self._last_heavy = seconds
            self.heavy_seconds += seconds

    @property
    def mean_seconds(self) -> float:
        """What a fit takes."""
        return self.fit_seconds / max(1, self.fits)

    def hold(self, fit: LightFit) -> None:
        """Keep a light fit, for it may be one of the last."""
        with self._mutex:
            state.left_out += 1
            if not self._last:
                self._ask_for_end()
            gone = self._last[0] if len(self._last) == LAST else None
            self._last.append(fit)
            self._light[fit.run.run_id] = fit
            fit.hold()
            self._let_go(gone)

    def measured(self, run: ActiveRun, metric: str, value: float) -> None:
        """See what was measured of a fit: the metric of most of them decides which is the best.

        Of several such, it is the one measured last: that of the test data, as a rule. The training
        score decides only where nothing else was measured.
        """
        with self._mutex:
            if metric not in self._measured and len(self._measured) >= MAX_CRITERIA:
                return
            self._count(run, metric)
            known = self._best.get(metric)
            if value != value or (known is not None and not _is_better(metric, value, known[0])):
                return
            # Without a light fit: the best one has everything already, or is gone.
            fit = self._light.get(run.run_id)
            self._best[metric] = (value, fit)
            if fit is not None:
                fit.hold()
            self._let_go(known[1] if known is not None else None)

    def _count(self, run: ActiveRun, metric: str) -> None:
        count, before = self._measured.get(metric, (0, ""))
        if metric != TRAINING_SCORE and run.run_id != before:
            count += 1
        self._measured[metric] = (count, run.run_id)
        if count >= self._measured.get(self._criterion, (0, ""))[0]:
            self._criterion = metric

    def complete(self) -> None:
        """Record the rest of the best and the last of the light fits, and let go of all."""
        with self._mutex:
            chosen, held = self._choose(), self._held()
            self._forget()
        limit = time.perf_counter() + max(END_SECONDS, SHARE * self.fit_seconds)
        try:
            for fit, why in chosen:
                if time.perf_counter() > limit:
                    break
                with problems.caught("completing a fit"), quiet():
                    state.left_out -= fit.complete(why)
        finally:
            for fit in held:
                fit.release()

    def _held(self) -> list[LightFit]:
        return [*self._last, *(fit for _, fit in self._best.values() if fit is not None)]

    def _choose(self) -> list[tuple[LightFit, str]]:
        chosen = []
        best = self._best.get(self._criterion, (0.0, None))[1]
        if best is not None:
            chosen.append((best, f"The best of {self.fits} fits by {self._criterion}."))
        last = [(fit, "") for fit in reversed(self._last) if fit is not best]
        return chosen + last

    def _forget(self) -> None:
        self._last.clear()
        self._light.clear()
        self._best = {metric: (value, None) for metric, (value, _) in self._best.items()}

    def _let_go(self, fit: LightFit | None) -> None:
        held = fit in self._last or any(best is fit for _, best in self._best.values())
        if fit is not None and not held:
            fit.release()

    def _ask_for_end(self) -> None:
        owner = self._owner()
        if isinstance(owner, Cell):
            owner.at_end.append(self.complete)
        elif owner is not None:
            owner.before_flush.append(self.complete)


_loops: Final["weakref.WeakKeyDictionary[Cell | TrackingSession, Loop]"] = (
    weakref.WeakKeyDictionary()
)


def find_loop() -> Loop:
    """The fits among which one of the calling code counts."""
    owner = find_cell() or get_session()
    loop = _loops.get(owner)
    return loop if loop is not None else _loops.setdefault(owner, Loop(owner))


def measured(run: ActiveRun, metric: str, value: float) -> None:
    """See that a metric of a fit's run was logged."""
    loop = _loops.get(run.cell or run.session)
    if loop is not None:
        loop.measured(run, metric, value)


def _is_better(metric: str, value: float, known: float) -> bool:
    return value < known if _is_less_better(metric) else value > known


@functools.lru_cache(maxsize=256)
def _is_less_better(metric: str) -> bool:
    from jupyter_mltrack.search import greater_is_better  # here: it takes as long as a first fit

    return greater_is_better(metric) is False
