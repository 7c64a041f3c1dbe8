"""MLmodel directories: within a budget, and read back from a directory or a run."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from sklearn.linear_model import LinearRegression

import jupyter_mltrack as mltrack
from jupyter_mltrack.errors import ModelNotSerializable, ResourceDoesNotExist
from jupyter_mltrack.models import packaging
from jupyter_mltrack.models.environment import environment_files, requirements
from jupyter_mltrack.models.flavors.packed import pickled
from jupyter_mltrack.models.loading import load_model
from jupyter_mltrack.models.logging import log_model
from jupyter_mltrack.models.signature import infer_signature
from jupyter_mltrack.store.contract import Store


def fitted() -> LinearRegression:
    return LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])


@pytest.mark.usefixtures("no_problems")
def test_a_directory_is_read_back(store: Store, tmp_path: Path) -> None:
    with mltrack.start_run() as run:
        log_model(run, fitted(), "model")
    assert mltrack.flush(20)
    for item in store.list_artifacts(run.run_id):
        (tmp_path / Path(item.path).name).write_bytes(store.read_blob(item.digest))
    assert load_model(tmp_path).predict([[2.0]])[0] == pytest.approx(4)
    assert load_model(str(tmp_path)).coef_[0] == pytest.approx(2)


@pytest.mark.usefixtures("no_problems")
def test_a_run_is_read_back(store: Store) -> None:
    with mltrack.start_run() as run:
        assert log_model(run, fitted(), "model") == ""
    assert mltrack.flush(20)
    for source in (run, run.run_id, f"runs:/{run.run_id}/model", store.get_run(run.run_id)):
        assert load_model(source).coef_[0] == pytest.approx(2)
    (record,) = store.list_models(run.run_id)
    assert record.model_class == "sklearn.linear_model._base.LinearRegression"
    with pytest.raises(ResourceDoesNotExist, match="none of that name"):
        load_model(run, "other")
    with pytest.raises(ResourceDoesNotExist):
        load_model("f" * 32)


def test_a_directory_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ResourceDoesNotExist, match="no MLmodel file"):
        load_model(tmp_path)


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaging.BoundedBuffer.__init__, "__defaults__", (1000, 1.0))
    model: Any = fitted()
    model.ballast_ = b"x" * 10_000
    with pytest.raises(ModelNotSerializable, match="budget of 0 MiB"):
        pickled(model)


def test_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaging.BoundedBuffer.__init__, "__defaults__", (1 << 20, 0.0))
    with pytest.raises(ModelNotSerializable, match=r"longer than the budget of 0 s"):
        pickled(fitted())


@pytest.mark.parametrize("error", [TypeError("no"), SystemExit(1), ZeroDivisionError()])
def test_a_getstate_that_raises(error: BaseException) -> None:
    class Raising(LinearRegression):
        def __getstate__(self) -> Any:
            raise error

    with pytest.raises(ModelNotSerializable, match=type(error).__name__):
        pickled(Raising())


def test_requirements_name_distributions() -> None:
    found = requirements(["sklearn", "yaml", "no_such_module", "json"])
    names = [item.partition("==")[0] for item in found]
    assert names == ["pyyaml", "scikit-learn"]
    files = environment_files(found)
    assert yaml.safe_load(files["conda.yaml"])["dependencies"][2] == {"pip": list(found)}
    assert yaml.safe_load(files["python_env.yaml"])["dependencies"] == ["-r requirements.txt"]


def test_signatures() -> None:
    import json

    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({"a": [1], "b": ["x"], "c": [True], "d": pd.Timestamp("2024-01-01")})
    signature = infer_signature(frame, np.array(["x", "y"]))
    assert signature is not None
    assert [c["type"] for c in json.loads(signature["inputs"] or "")] == [
        "long",
        "string",
        "boolean",
        "datetime",
    ]
    tensor = json.loads(signature["outputs"] or "")[0]["tensor-spec"]
    assert tensor == {"dtype": "str", "shape": [-1]}
    assert infer_signature(object()) is None
    assert infer_signature([1, 2]) is None
