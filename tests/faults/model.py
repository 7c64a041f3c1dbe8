"""Operations of the public API, their meaning in memory, and a store compared with it."""

import hashlib
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from jupyter_mltrack.entities import RunStatus, ViewType
from jupyter_mltrack.store.contract import RunSearch, Store

T = TypeVar("T")
Operation = tuple[Any, ...]
"""``("start", name)``, ``("metric", key, value, step, time)``, …: a method's name and arguments."""


def content_of(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def shown(value: float) -> str:
    """A float as text that tells it exactly; but SQLite keeps no negative zero."""
    return repr(float(value) + 0.0)


@dataclass
class ModelRun:
    """What a run must look like; unless ``exact`` it may have more keys than these."""

    status: str = RunStatus.RUNNING
    experiment: str = "Default"
    deleted: bool = False
    exact: bool = True
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    points: dict[str, list[tuple[int, str, int | None]]] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)


class Model:
    """The meaning of operations, one session's worth of active run at a time."""

    def __init__(self) -> None:
        self.runs: dict[str, ModelRun] = {}
        self.experiments: set[str] = set()
        self.experiment = "Default"
        self.active: str | None = None

    def apply(self, operation: Operation) -> None:
        getattr(self, operation[0])(*operation[1:])

    def crash(self) -> None:
        """The session was killed: what ran is KILLED."""
        for run in self.runs.values():
            if run.status == RunStatus.RUNNING:
                run.status = RunStatus.KILLED
        self.active, self.experiment = None, "Default"

    def close(self) -> None:
        """The session ended in order: an open run ends as finished."""
        if self.active is not None:
            self.end(RunStatus.FINISHED)
        self.experiment = "Default"

    def create_experiment(self, name: str) -> None:
        self.experiments.add(name)
        self.experiment = name

    def start(self, name: str) -> None:
        if self.active is not None:
            self.end(RunStatus.FINISHED)
        self.runs[name] = ModelRun(experiment=self.experiment)
        self.experiments.add(self.experiment)
        self.active = name

    def resume(self, name: str) -> None:
        if self.active is not None:
            self.end(RunStatus.FINISHED)
        self.runs[name].status = RunStatus.RUNNING
        self.active = name

    def end(self, status: str) -> None:
        if self.active is not None:
            self.runs[self.active].status = status
            self.active = None

    def delete(self, name: str) -> None:
        self.runs[name].deleted = True

    def restore(self, name: str) -> None:
        self.runs[name].deleted = False

    def params(self, params: dict[str, str]) -> None:
        self._run().params.update(params)

    def tags(self, tags: dict[str, str | None]) -> None:
        for key, value in tags.items():
            if value is None:
                self._run().tags.pop(key, None)
            else:
                self._run().tags[key] = value

    def metric(self, key: str, value: float, step: int, time: int | None = None) -> None:
        self._run().points.setdefault(key, []).append((step, shown(value), time))

    def points(self, key: str, count: int, step: int) -> None:
        for number in range(count):
            self.metric(key, number / 3, number * step)

    def metrics(self, values: dict[str, float], step: int, time: int | None = None) -> None:
        for key, value in values.items():
            self.metric(key, value, step, time)

    def artifact(self, path: str, seed: int, size: int) -> None:
        self._run().artifacts[path] = hashlib.sha256(content_of(seed, size)).hexdigest()

    def flush(self) -> None:
        """Change nothing."""

    def _run(self) -> ModelRun:
        assert self.active is not None
        return self.runs[self.active]


class Hand:
    """Does operations through the public functions, in the process that calls it."""

    def __init__(self) -> None:
        import jupyter_mltrack as mltrack

        self._mltrack = mltrack
        self._ids: dict[str, str] = {}
        self._directory = tempfile.TemporaryDirectory(prefix="mltrack-artifacts-")
        self._files = Path(self._directory.name)

    def perform(self, operation: Operation) -> None:
        getattr(self, operation[0])(*operation[1:])

    def create_experiment(self, name: str) -> None:
        self._mltrack.set_experiment(name)

    def start(self, name: str) -> None:
        self._ids[name] = self._mltrack.start_run(run_name=name).info.run_id

    def resume(self, name: str) -> None:
        self._mltrack.start_run(run_id=self._id(name))

    def end(self, status: str) -> None:
        self._mltrack.end_run(status)

    def delete(self, name: str) -> None:
        self._mltrack.MlflowClient().delete_run(self._id(name))

    def restore(self, name: str) -> None:
        self._mltrack.MlflowClient().restore_run(self._id(name))

    def params(self, params: dict[str, str]) -> None:
        self._mltrack.log_params(params)

    def tags(self, tags: dict[str, str | None]) -> None:
        self._mltrack.set_tags(tags)

    def metric(self, key: str, value: float, step: int, time: int | None = None) -> None:
        self._mltrack.log_metric(key, value, step=step, timestamp=time)

    def points(self, key: str, count: int, step: int) -> None:
        for number in range(count):
            self._mltrack.log_metric(key, number / 3, step=number * step)

    def metrics(self, values: dict[str, float], step: int, time: int | None = None) -> None:
        self._mltrack.log_metrics(values, step=step, timestamp=time)

    def artifact(self, path: str, seed: int, size: int) -> None:
        directory, _, name = path.rpartition("/")
        file = self._files / name
        file.write_bytes(content_of(seed, size))
        self._mltrack.log_artifact(file, directory or None)

    def flush(self) -> None:
        assert self._mltrack.flush(60), "not flushed within a minute"

    def _id(self, name: str) -> str:
        if name not in self._ids:
            client = self._mltrack.MlflowClient()
            found = client.search_runs(
                None, f"attributes.run_name = '{name}'", run_view_type=ViewType.ALL
            )
            self._ids[name] = found[0].info.run_id
        return self._ids[name]


def ordinary_plan(seed: int, *, points: int = 100) -> Iterator[Operation]:
    """An endless life of runs, mostly points; the same for the same seed."""
    rng = random.Random(seed)
    number = 0
    while True:
        number += 1
        yield ("start", f"run-{seed}-{number}")
        for step in range(points):
            yield ("metric", f"m{rng.randrange(3)}", rng.random(), step)
            if step % 16 == 0:
                yield ("params", {f"p{step}": str(rng.random()), "kind": "ordinary"})
            if step % 25 == 0:
                yield ("tags", {f"t{rng.randrange(4)}": str(step)})
            if step % 40 == 0:
                yield ("artifact", f"out/a{rng.randrange(3)}.bin", rng.randrange(99), 2000)
        yield ("end", RunStatus.FINISHED)


def blob_plan(seed: int) -> Iterator[Operation]:
    """One run whose artifacts of 5 MB follow one another."""
    yield ("start", f"blobs-{seed}")
    for number in range(10**9):
        yield ("artifact", f"big{number}.bin", seed + number, 5_000_000)
        yield ("metric", "m", number, number)


def points_plan(seed: int) -> Iterator[Operation]:
    """One run of points, as fast as they can be logged."""
    yield ("start", f"points-{seed}")
    for step in range(10**9):
        yield ("metric", "m", step / 7, step)


PLANS = {"ordinary": ordinary_plan, "blobs": blob_plan, "points": points_plan}


def model_after(plan: str, seed: int, count: int) -> Model:
    """The model after the first ``count`` operations of a plan."""
    model = Model()
    for operation, _ in zip(PLANS[plan](seed), range(count), strict=False):
        model.apply(operation)
    return model


@dataclass
class Difference:
    """How a store differs from a model; empty when it does not."""

    lost: int = 0
    duplicated: int = 0
    texts: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.duplicated or self.texts)

    def add(self, what: str, expected: object, found: object) -> None:
        if expected != found:
            self.lost += 1
            self.texts.append(f"{what}: expected {str(expected)[:200]}, found {str(found)[:200]}")


def compare(store: Store, model: Model) -> Difference:
    """What of the model's runs is not exactly so in the store (runs of others are passed over)."""
    difference = Difference()
    found = {
        run.info.run_name: run
        for run in store.search_runs(RunSearch(view=ViewType.ALL, limit=1_000_000))
    }
    names = {one.experiment_id: one.name for one in store.list_experiments(ViewType.ALL)}
    for name in model.experiments - set(names.values()):
        difference.add("experiments", name, "none")
    for name, expected in model.runs.items():
        run = found.get(name)
        if run is None:
            difference.add(f"run {name}", "a run", "none")
            continue
        info = run.info
        difference.add(f"{name} status", expected.status, info.status)
        difference.add(f"{name} experiment", expected.experiment, names.get(info.experiment_id))
        difference.add(f"{name} deleted", expected.deleted, info.lifecycle_stage == "deleted")
        params, tags = expected.params, expected.tags
        difference.add(f"{name} params", params, _known(expected, params, run.data.params))
        own = {k: v for k, v in run.data.tags.items() if not k.startswith("mlflow.")}
        difference.add(f"{name} tags", tags, _known(expected, tags, own))
        last = _known(expected, expected.points, run.data.metrics)
        _compare_points(store, name, info.run_id, expected, last, difference)
        _compare_artifacts(store, name, info.run_id, expected, difference)
    return difference


def _known(expected: ModelRun, names: Mapping[str, Any], found: dict[str, T]) -> dict[str, T]:
    return found if expected.exact else {k: v for k, v in found.items() if k in names}


def _compare_points(
    store: Store,
    name: str,
    run_id: str,
    expected: ModelRun,
    last: dict[str, float],
    difference: Difference,
) -> None:
    for key in expected.points.keys() | last.keys():
        wanted = expected.points.get(key, [])
        history = store.get_metric_history(run_id, key)
        # The present was taken for a time not given.
        timed = [time is not None for _, _, time in wanted] + [True] * len(history)
        got = [
            (p.step, shown(p.value), p.timestamp if with_time else None)
            for p, with_time in zip(history, timed, strict=False)
        ]
        if got == wanted:
            continue
        missing, surplus = Counter(wanted) - Counter(got), Counter(got) - Counter(wanted)
        difference.lost += missing.total()
        difference.duplicated += surplus.total()
        difference.texts.append(
            f"{name} {key}: {len(wanted)} points expected, {len(got)} found;"
            f" missing {list(missing)[:3]}, surplus {list(surplus)[:3]}"
        )


def _compare_artifacts(
    store: Store, name: str, run_id: str, expected: ModelRun, difference: Difference
) -> None:
    stored = {one.path: one.digest for one in store.list_artifacts(run_id)}
    listed = _known(expected, expected.artifacts, stored)
    difference.add(f"{name} artifacts", expected.artifacts, listed)
    for path, digest in listed.items():
        content = store.read_blob(digest)
        difference.add(f"{name} {path}", digest, hashlib.sha256(content).hexdigest())
