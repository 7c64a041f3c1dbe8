"""statsmodels beyond what every adapter is tested with."""

from collections.abc import Callable
from typing import Any

import pytest
import statsmodels.api as sm
from sklearn.metrics import r2_score

from jupyter_mltrack.entities import Run
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.session import get_session

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


@pytest.mark.parametrize("kind", [sm.OLS, sm.Logit, sm.GLM])
def test_a_metric_of_predictions_finds_its_fit(logged: Logged, data: Any, kind: Any) -> None:
    X, y = data
    results = kind(y, X).fit()
    score = r2_score(y, results.predict(X))
    (run,) = logged()
    assert run.data.metrics["r2_score_X"] == score


def test_fits_in_turns_are_one_run(logged: Logged, data: Any) -> None:
    X, y = data
    results = sm.GLSAR(y, X, 1).iterative_fit(3)
    (run,) = logged()
    assert run.info.run_name == "GLSAR.iterative_fit()"
    assert run.data.metrics["rsquared"] == results.rsquared


def test_fitted_values_are_of_the_only_model_of_the_cell(logged: Logged, data: Any) -> None:
    X, y = data
    cell = cells.begin_cell(get_session(), cell_id="a", source="", execution_count=1)
    score = r2_score(y, sm.OLS(y, X).fit().fittedvalues)
    cells.end_cell(cell)
    (run,) = logged()
    assert run.data.metrics["r2_score_unknown_dataset"] == score
