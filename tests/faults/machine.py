"""Random sequences of operations, crashes among them, against their meaning in memory."""

import math
import os
import shutil
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.store import open_store
from jupyter_mltrack.tracking.drainer import drain_orphans
from tests.faults.model import Model, compare
from tests.faults.outcome import Trial
from tests.faults.workers import Servant, store_of
from tests.postgresql import Server

STEPS = 50

keys = st.sampled_from(["a", "b", "loss", "größe", "x/y"])
texts = st.sampled_from(["", "1", "1.0", "nan", "text", "'quoted'", "日本", "🙂", "x" * 500])
floats = st.one_of(
    st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 1e308, 5e-324, 0.5])
)
steps = st.one_of(
    st.integers(-5, 30), st.sampled_from([-(2**63), 2**63 - 1, 10**12]), st.integers(0, 1000)
)
times = st.one_of(st.none(), st.integers(0, 4 * 10**12))
numbers = st.integers(0, 10**6)


class Life(RuleBasedStateMachine):
    """One store, one process after the other writing to it."""

    trial: Trial
    server: Server | None = None

    def __init__(self) -> None:
        super().__init__()
        self.home = self.trial.new_directory()
        # Where the journals of a server's store are, for this process too.
        os.environ["XDG_DATA_HOME"] = str(self.home / "data")
        self.uri = str(store_of(self.home))
        if self.server is not None:
            self.uri = self.server.create_database(f"life_{self.home.name}")
        self.model = Model()
        self.servant = Servant(self.home, self.uri)

    def do(self, *operation: Any) -> None:
        answer = self.servant.do(operation)
        assert answer is None, answer
        self.model.apply(operation)
        self.trial.outcome.acknowledged += 1

    def pick(self, number: int) -> str | None:
        """A run that is not in the trash."""
        names = [name for name, run in self.model.runs.items() if not run.deleted]
        return names[number % len(names)] if names else None

    @property
    def run(self) -> Any:
        return self.model.runs[self.model.active or ""]

    @rule(name=st.sampled_from(["Default", "one", "two", "drei ß"]))
    def create_experiment(self, name: str) -> None:
        self.do("create_experiment", name)

    @rule()
    def start(self) -> None:
        self.do("start", f"run {len(self.model.runs)}")

    @rule(number=numbers)
    def resume(self, number: int) -> None:
        name = self.pick(number)
        if name is not None and name != self.model.active:
            self.do("resume", name)

    @precondition(lambda self: self.model.active)
    @rule(status=st.sampled_from([RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED]))
    def end(self, status: str) -> None:
        self.do("end", status)

    @precondition(lambda self: self.model.active)
    @rule(params=st.dictionaries(keys, texts, min_size=1, max_size=3))
    def log_params(self, params: dict[str, str]) -> None:
        known = self.run.params
        accepted = {k: v for k, v in params.items() if known.get(k, v) == v}
        if accepted == params:
            self.do("params", params)
            return
        answer = self.servant.do(("params", params))
        assert "InvalidParameterValue" in str(answer), f"{params} over {known}: {answer!r}"
        self.model.apply(("params", accepted))

    @precondition(lambda self: self.model.active)
    @rule(tags=st.dictionaries(keys, st.one_of(st.none(), texts), min_size=1, max_size=3))
    def set_tags(self, tags: dict[str, str | None]) -> None:
        self.do("tags", tags)

    @precondition(lambda self: self.model.active)
    @rule(key=keys, value=floats, step=steps, time=times)
    def log_metric(self, key: str, value: float, step: int, time: int | None) -> None:
        self.do("metric", key, value, step, time)

    @precondition(lambda self: self.model.active)
    @rule(key=keys, count=st.integers(1, 1500), step=st.integers(-3, 3))
    def log_many(self, key: str, count: int, step: int) -> None:
        self.do("points", key, count, step)

    @precondition(lambda self: self.model.active)
    @rule(values=st.dictionaries(keys, floats, min_size=1, max_size=4), step=steps, time=times)
    def log_metrics(self, values: dict[str, float], step: int, time: int | None) -> None:
        self.do("metrics", values, step, time)

    @precondition(lambda self: self.model.active)
    @rule(
        path=st.sampled_from(["a.bin", "d/a.bin", "d/e/ü.txt"]),
        number=st.integers(0, 3),
        size=st.sampled_from([0, 1, 1000, 1_100_000]),
    )
    def log_artifact(self, path: str, number: int, size: int) -> None:
        self.do("artifact", path, number, size)

    @rule(number=numbers)
    def delete(self, number: int) -> None:
        name = self.pick(number)
        if name is not None:
            self.do("delete", name)

    @rule(number=numbers)
    def restore(self, number: int) -> None:
        names = [name for name, run in self.model.runs.items() if run.deleted]
        if names:
            self.do("restore", names[number % len(names)])

    @rule()
    def flush_and_compare(self) -> None:
        self.do("flush")
        self.compare()

    @rule(in_order=st.booleans())
    def reopen(self, in_order: bool) -> None:
        if in_order:
            self.servant.close()
            self.model.close()
        else:
            self.servant.kill()
            self.model.crash()
        self.trial.outcome.trials += 1
        self.compare()
        self.servant = Servant(self.home, self.uri)

    def compare(self) -> None:
        store = open_store(self.uri)
        store.prepare()
        drain_orphans(store, store.uri)
        difference = compare(store, self.model)
        rejected = store.get_counts().rejected
        store.close()
        assert not difference, difference.texts
        assert not rejected, f"{rejected} records kept aside"

    def teardown(self) -> None:
        if self.servant.process.is_alive():
            self.servant.close()
            self.model.close()
            self.compare()
        shutil.rmtree(self.home, ignore_errors=True)


def random_operations(trial: Trial) -> None:
    """On a file."""
    _run(trial, type("Files", (Life,), {"trial": trial}), trial.count(6, 200))


def random_operations_on_a_server(trial: Trial) -> None:
    """On a PostgreSQL server."""
    server = Server("fsync=off")
    try:
        bases = {"trial": trial, "server": server}
        _run(trial, type("Servers", (Life,), bases), trial.count(1, 40))
    finally:
        server.stop()


def _run(trial: Trial, machine: type[Life], examples: int) -> None:
    options = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if trial.whole else [Phase.generate],
    )
    # Asked before, so that what is set for one life does not stay for other trials.
    home = os.environ.get("XDG_DATA_HOME")
    try:
        run_state_machine_as_test(seed(trial.seed)(machine), settings=options)
    finally:
        os.environ.pop("XDG_DATA_HOME", None)
        if home is not None:
            os.environ["XDG_DATA_HOME"] = home
