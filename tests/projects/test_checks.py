"""The parts of a comparison on their own: points, pictures, seeds, places."""

import io
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jupyter_mltrack.projects.data import list_changed_files
from jupyter_mltrack.projects.figures import MAX_DIFFERENCE, measure_difference
from jupyter_mltrack.projects.metrics import (
    Tolerance,
    _check,
    check_metrics,
    is_duration,
    to_tolerance,
)
from jupyter_mltrack.projects.places import find_notebook_file, free_name, working_directory
from jupyter_mltrack.projects.seeds import list_unseeded
from jupyter_mltrack.projects.summary import summarize
from jupyter_mltrack.store.contract import Series


def series(values: list[float], steps: list[int] | None = None) -> Series:
    count = len(values)
    return Series(
        steps=np.array(steps if steps is not None else range(count), dtype=np.int64),
        times=np.zeros(count, dtype=np.int64),
        values=np.array(values, dtype=float),
        executions=[],
        total=count,
    )


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("old", "new", "tolerance", "status"),
    [
        ([1.0, 2.0], [1.0, 2.0], Tolerance(rtol=0), "same"),
        ([1.0], [1.0 + 1e-10], Tolerance(), "same"),
        ([1.0], [1.0 + 1e-10], Tolerance(rtol=0), "differs"),
        ([1.0], [1.0 + 1e-8], Tolerance(), "differs"),
        ([0.0], [1e-12], Tolerance(), "differs"),
        ([0.0], [1e-12], Tolerance(atol=1e-9), "same"),
        ([0.1], [0.2], Tolerance(by_metric={"m": 0.1}), "same"),
        ([0.1], [0.21], Tolerance(by_metric={"m": 0.1}, atol=9), "differs"),
        ([NAN, 1.0], [NAN, 1.0], Tolerance(), "same"),
        ([NAN], [1.0], Tolerance(atol=9), "differs"),
        ([INF], [INF], Tolerance(), "same"),
        ([INF], [-INF], Tolerance(), "differs"),
        ([INF], [1e300], Tolerance(rtol=1), "differs"),
        ([1.0], [INF], Tolerance(atol=9), "differs"),
        ([1.0, 2.0], [1.0], Tolerance(), "differs"),
        ([1.0], [1.0, 2.0], Tolerance(), "differs"),
        ([], [], Tolerance(), "same"),
        ([], [1.0], Tolerance(), "differs"),
    ],
)
def test_points(old: list[float], new: list[float], tolerance: Tolerance, status: str) -> None:
    assert _check("m", series(old), series(new), tolerance).status == status


def test_the_point_that_differs_most_is_told() -> None:
    check = _check("m", series([1, 2, 3, 4.0]), series([1, 2.5, 5, 4.0]), Tolerance())
    assert (check.step, check.original, check.rerun, check.absolute) == (2, 3.0, 5.0, 2.0)
    check = _check("m", series([1, NAN, 3.0]), series([1, 2.0, 4.0]), Tolerance())
    assert (check.step, check.original, check.rerun) == (1, "NaN", 2.0)
    check = _check("m", series([1.0, 1.0], [0, 1]), series([1.0, 1.0], [0, 2]), Tolerance())
    assert (check.status, check.step) == ("differs", 1)
    assert _check("m", series([1.0]), None, Tolerance()).status == "missing"
    assert _check("m", None, series([1.0]), Tolerance()).status == "new"


def test_what_was_measured_of_other_samples_of_the_rows_is_not_compared() -> None:
    note = "Test metrics are of {} of 879 rows, evenly spread: predicting all would have taken long"
    values = {"a": 0.80, "b": 0.85, "c": 0.85}
    notes = {"a": note.format("293"), "b": "No model.", "c": ""}
    keys = ["test_r2_score", "training_r2_score", "test_loss_of_mine", "fit_time_seconds"]

    def get_run(run_id: str) -> Any:
        tags = {"mltrack.autolog.notes": notes[run_id]}
        return SimpleNamespace(data=SimpleNamespace(tags=tags))

    def list_series(run_id: str) -> dict[str, Series]:
        return {key: series([values[run_id]]) for key in keys}

    store: Any = SimpleNamespace(get_run=get_run, list_series=list_series)
    checks = check_metrics(store, "a", "b", Tolerance())
    assert {check.key: check.status for check in checks} == {
        "test_r2_score": "excluded",
        "training_r2_score": "differs",
        "test_loss_of_mine": "differs",
        "fit_time_seconds": "excluded",
    }
    assert summarize(checks, [], []).endswith(
        "1 duration not compared, 1 metric of other samples of the rows not compared"
    )
    asked = check_metrics(store, "a", "b", Tolerance(by_metric={"test_r2_score": 0.01}))
    assert next(c.status for c in asked if c.key == "test_r2_score") == "differs"
    same = check_metrics(store, "b", "c", Tolerance())
    assert [check.status for check in same if check.key == "test_r2_score"] == ["same"]


def test_tolerances_as_typed() -> None:
    from jupyter_mltrack.errors import InvalidParameterValue

    assert to_tolerance(None, 0.5, {"a": "1e-3"}).by_metric == {"a": 0.001}
    with pytest.raises(InvalidParameterValue, match="'much'"):
        to_tolerance(None, 0, {"a": "much"})


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("fit_time", True),
        ("mean_fit_time", True),
        ("trainingDuration", True),
        ("elapsed.seconds", True),
        ("time", True),
        ("fit_peak_memory_mb", True),
        ("system/cpu_utilization", True),
        ("timestep_loss", False),
        ("sometimes", False),
        ("lifetime_value", False),
        ("accuracy", False),
        ("estimated_times_played", False),
    ],
)
def test_durations(key: str, expected: bool) -> None:
    assert is_duration(key) is expected


def picture(change: tuple[slice, slice] | None = None, size: int = 64, noise: int = 0) -> bytes:
    pixels = np.full((size, size, 3), 255, dtype=np.uint8)
    pixels[size // 2, :] = 0
    if noise:
        pixels = np.clip(pixels.astype(int) - np.arange(size)[:, None, None] % noise, 0, 255)
    if change:
        pixels[change] = 0
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def test_pictures_are_like_or_unlike() -> None:
    assert measure_difference(picture(), picture()) == 0
    faint = measure_difference(picture(), picture(noise=8))
    assert faint is not None
    assert 0 < faint < MAX_DIFFERENCE
    # A dot of 4 x 4 pixels somewhere in the picture.
    dot = measure_difference(picture(), picture((slice(4, 8), slice(4, 8))))
    assert dot is not None
    assert dot > MAX_DIFFERENCE
    assert measure_difference(picture(), picture(size=65)) is None
    assert measure_difference(picture(), b"no picture") is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("np.random.rand(3)", ["np.random.rand(3)"]),
        ("np.random.seed(0)\nnp.random.rand(3)", []),
        ("rng = np.random.default_rng()", ["np.random.default_rng()"]),
        ("rng = np.random.default_rng(0)\nrng.normal()", []),
        ("random.shuffle(items)", ["random.shuffle(items)"]),
        ("random.seed(1); random.shuffle(items)", []),
        ("np.random.seed(1)\nrandom.random()", ["random.random()"]),
        ("train_test_split(X, y)", ["train_test_split(X, y)"]),
        ("train_test_split(X, y, random_state=0)", []),
        (
            "train_test_split(X, y, random_state=None)",
            ["train_test_split(X, y, random_state=None)"],
        ),
        ("np.random.seed(0)\nRandomForestClassifier()", []),
        ("RandomForestClassifier(n_estimators=3)", ["RandomForestClassifier(n_estimators=3)"]),
        ("LogisticRegression().fit(X, y)", []),
        ("KFold(5)", []),
        ("KFold(5, shuffle=True)", ["KFold(5, shuffle=True)"]),
        ("frame.sample(10)", ["frame.sample(10)"]),
        ("frame.sample(10, random_state=1)", []),
        ("torch.randn(3)", ["torch.randn(3)"]),
        ("torch.manual_seed(0)\ntorch.randn(3)\nnn.Linear(1, 2)", []),
        ("seed_everything(1)\nnp.random.rand()", []),
        ("RandomForestClassifier(**settings)", []),
        ("%time np.random.rand(3)", []),
        ("this is no python", []),
    ],
)
def test_seeds(source: str, expected: list[str]) -> None:
    assert list_unseeded([source]) == expected


def test_files_written_since_are_found_but_not_those_the_code_writes(tmp_path: Path) -> None:
    for name in ("read.csv", "old.csv", "out.csv", "log.txt", "model.pkl", "report.txt"):
        (tmp_path / name).write_text("x")
    os.utime(tmp_path / "old.csv", (1, 1))
    source = (
        "frame = pd.read_csv('read.csv'); old = open('old.csv').read()\n"
        "frame.to_csv('out.csv')\n"
        "with open('log.txt', 'a') as log: pass\n"
        "Path('report.txt').write_text('')\n"
        "joblib.dump(model, 'model.pkl'); print('gone.csv')"
    )
    assert list_changed_files([source], tmp_path, 1000) == ["read.csv"]


def test_notebooks_are_found_where_they_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    (root / "work").mkdir(parents=True)
    outside = tmp_path / "outside.ipynb"
    outside.write_text("{}")
    inside = root / "work" / "a.ipynb"
    inside.write_text("{}")
    monkeypatch.chdir(tmp_path / "root")
    assert find_notebook_file("work/a.ipynb") == inside
    assert find_notebook_file(str(inside)) == inside
    assert find_notebook_file(str(outside)) == outside
    for hostile in ("../outside.ipynb", "work/../../outside.ipynb", "work/a.txt", "a\0.ipynb", ""):
        assert find_notebook_file(hostile) is None
        assert working_directory(hostile).is_relative_to(root)
    (root / "link.ipynb").symlink_to(outside)
    assert find_notebook_file("link.ipynb") is None
    assert working_directory("work/gone.ipynb") == root / "work"
    assert working_directory(str(tmp_path / "gone.ipynb")) == tmp_path
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLTRACK_SERVER_ROOT", str(root))
    assert find_notebook_file("work/a.ipynb") == inside
    assert free_name(root / "work", "a.ipynb").name == "a-2.ipynb"
