"""Models by hand, with MLflow's functions."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import jupyter_mltrack as mltrack
import jupyter_mltrack.sklearn
from jupyter_mltrack.errors import (
    InvalidParameterValue,
    ModelNotSerializable,
    ResourceAlreadyExists,
)
from jupyter_mltrack.models import infer_signature
from jupyter_mltrack.store.contract import Store

pytestmark = pytest.mark.usefixtures("no_problems")
X = np.arange(12.0).reshape(6, 2)


def model() -> LinearRegression:
    return LinearRegression().fit(X, X.sum(axis=1))


def test_a_model_logged_and_loaded_again(store: Store) -> None:
    with mltrack.start_run() as run:
        uri = mltrack.sklearn.log_model(model(), "sums", input_example=X)
    assert uri == f"runs:/{run.info.run_id}/sums"
    assert mltrack.flush(20)
    assert np.array_equal(mltrack.sklearn.load_model(uri).predict(X), model().predict(X))
    names = {item.path for item in store.list_artifacts(run.info.run_id)}
    assert "sums/input_example.json" in names
    signature = infer_signature(X, X.sum(axis=1))
    with mltrack.start_run() as run:
        mltrack.sklearn.log_model(model(), name="signed", signature=signature)
    assert mltrack.flush(20)
    (kept,) = store.list_models(run.info.run_id)
    assert (kept.name, kept.status) == ("signed", "READY")


def test_a_model_saved_and_loaded_again(tmp_path: Path) -> None:
    mltrack.sklearn.save_model(model(), tmp_path / "kept", input_example=X)
    loaded = mltrack.sklearn.load_model(tmp_path / "kept")
    assert np.array_equal(loaded.predict(X), model().predict(X))
    with pytest.raises(ResourceAlreadyExists, match="not empty"):
        mltrack.sklearn.save_model(model(), tmp_path / "kept")


def test_what_is_not_there_yet_is_said(store: Store, tmp_path: Path) -> None:
    with mltrack.start_run():
        with pytest.raises(InvalidParameterValue, match="no model registry yet"):
            mltrack.sklearn.log_model(model(), "m", registered_model_name="sums")
        with pytest.raises(InvalidParameterValue, match="'skops': it is 'cloudpickle'"):
            mltrack.sklearn.save_model(model(), tmp_path / "m", serialization_format="skops")
        with pytest.raises(InvalidParameterValue, match="input_example cannot be kept"):
            mltrack.sklearn.log_model(model(), "m", input_example="text")
        with pytest.raises(ModelNotSerializable):
            mltrack.sklearn.log_model(iter(x for x in "ab"), "m")
