"""What a logged model's MLmodel says of its inputs and outputs."""

import json
from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
import yaml
from lightgbm import train as lightgbm_train
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import AgglomerativeClustering
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from xgboost import train as xgboost_train

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import Run
from jupyter_mltrack.store.contract import Store

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


@pytest.fixture
def kept(logged: Logged, store: Store) -> Callable[[str], Any]:
    """A file of the model of the last run, read."""

    def read(name: str) -> Any:
        run = logged()[-1]
        (file,) = [one for one in store.list_artifacts(run.info.run_id) if one.path == name]
        return yaml.safe_load(store.read_blob(file.digest))

    return read


class AddingColumn(TransformerMixin, BaseEstimator):
    """Writes into what it is given."""

    def fit(self, X: Any, y: Any = None) -> "AddingColumn":
        return self

    def transform(self, X: Any) -> Any:
        X["sum"] = X["a"] + X["b"]
        X["a"] = 0.0
        return X


def test_what_a_fit_is_given_is_described_as_it_was_before(
    kept: Callable[[str], Any], data: Any
) -> None:
    mltrack.autolog(log_input_examples=True)
    table = pd.DataFrame(data[0][:, :2], columns=["a", "b"])
    before = table.copy()
    make_pipeline(AddingColumn(), LinearRegression()).fit(table, data[1])
    assert list(table) == ["a", "b", "sum"]
    columns = json.loads(kept("model/MLmodel")["signature"]["inputs"])
    assert [column["name"] for column in columns] == ["a", "b"]
    example = kept("model/input_example.json")
    assert example["columns"] == ["a", "b"]
    assert np.array(example["data"]) == pytest.approx(before.to_numpy()[:5])


def test_what_cannot_be_used_on_other_data_has_no_signature(
    kept: Callable[[str], Any], data: Any
) -> None:
    AgglomerativeClustering().fit(data[0])
    assert "signature" not in kept("model/MLmodel")


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_matrix])
def test_a_sparse_example_as_mlflow_writes_it(
    kept: Callable[[str], Any], data: Any, kind: Any
) -> None:
    mltrack.autolog(log_input_examples=True)
    X = kind(np.where(data[0] > 0, data[0], 0))
    LinearRegression().fit(X, data[1])
    name = f"sparse_matrix_{X.format}"
    info = {"artifact_path": "input_example.json", "type": name}
    assert kept("model/MLmodel")["saved_input_example_info"] == info
    example = kept("model/input_example.json")
    parts = tuple(example[part] for part in ("data", "indices", "indptr"))
    again = kind(parts, shape=example["shape"])
    assert (again.toarray() == X[:5].toarray()).all()


TRAININGS: dict[str, Callable[[Any, Any], Any]] = {
    "xgboost": lambda X, y: xgboost_train(
        {"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(X, label=y), 3
    ),
    "lightgbm": lambda X, y: lightgbm_train(
        {"objective": "binary", "num_threads": 1, "verbosity": -1}, lightgbm.Dataset(X, y), 3
    ),
}


@pytest.mark.parametrize("library", TRAININGS)
def test_a_booster_has_outputs_and_an_example(
    kept: Callable[[str], Any], data: Any, library: str
) -> None:
    mltrack.autolog(log_input_examples=True)
    TRAININGS[library](*data)
    document = kept("model/MLmodel")
    (output,) = json.loads(document["signature"]["outputs"])
    assert output["tensor-spec"]["shape"] == [-1]
    assert document["saved_input_example_info"]["type"] == "ndarray"
    assert np.array(kept("model/input_example.json")) == pytest.approx(data[0][:5])


def test_a_booster_that_cannot_predict_so_has_inputs_alone(
    kept: Callable[[str], Any], data: Any
) -> None:
    xgboost_train({"booster": "gblinear", "nthread": 1}, xgboost.DMatrix(*data), 3)
    signature = kept("model/MLmodel")["signature"]
    assert json.loads(signature["inputs"])[0]["tensor-spec"]["shape"] == [-1, 4]
    assert signature["outputs"] is None
