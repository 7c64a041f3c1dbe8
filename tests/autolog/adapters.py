"""What each adapter is tested with: a row a framework. A new adapter adds its own.

``work`` uses the framework and returns what must be the same when it is tracked; ``watched`` are
what it observes, to be put back; the rest is what is recorded of ``work``.
"""

import itertools
import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np


class Row(NamedTuple):
    """An adapter under test."""

    framework: str
    modules: tuple[str, ...]
    work: Callable[[], Any]
    watched: Callable[[], list[Any]]
    runs: int
    params: Mapping[str, str]
    metrics: frozenset[str]
    artifacts: frozenset[str]
    series: Mapping[str, int]


def data() -> tuple[Any, Any]:
    generator = np.random.RandomState(0)
    X = generator.rand(120, 4)
    return X, (X[:, 0] + 0.3 * generator.rand(120) > 0.6).astype(int)


def code_of(*functions: Any) -> list[Any]:
    """What may be changed in functions: their code, and what their decorators hold."""
    return [
        (function.__code__, *(cell.cell_contents for cell in function.__closure__ or ()))
        for function in functions
    ]


def xgboost_train() -> Any:
    import xgboost

    X, y = data()
    calls: list[int] = []

    class Counting(xgboost.callback.TrainingCallback):  # type: ignore[misc]  # no types there
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            calls.append(len(evals_log["valid"]["logloss"]))
            return False

    matrix, valid = xgboost.DMatrix(X[:80], label=y[:80]), xgboost.DMatrix(X[80:], label=y[80:])
    params = {"objective": "binary:logistic", "nthread": 1, "max_depth": 2}
    kept: dict[str, Any] = {}
    callbacks = [Counting()]
    booster = xgboost.train(
        params,
        matrix,
        num_boost_round=12,
        evals=[(matrix, "train"), (valid, "valid")],
        evals_result=kept,
        callbacks=callbacks,
        verbose_eval=4,
    )
    return bytes(booster.save_raw()), booster.attributes(), calls, kept, params, len(callbacks)


def xgboost_watched() -> list[Any]:
    from xgboost import callback, core, training

    return [
        *code_of(training.train, training.cv),
        vars(callback.CallbackContainer)["after_iteration"],
        vars(core.DMatrix)["__init__"],
        vars(core.QuantileDMatrix)["__init__"],
        vars(core.Booster)["predict"],
    ]


def lightgbm_train() -> Any:
    import lightgbm

    X, y = data()
    calls: list[int] = []
    matrix = lightgbm.Dataset(X[:80], y[:80])
    valid = lightgbm.Dataset(X[80:], y[80:], reference=matrix)
    params = {"objective": "binary", "num_threads": 1, "min_data_in_leaf": 5, "num_leaves": 4}
    params["force_col_wise"] = True  # or it measures, and prints, which is faster
    callbacks = [
        lightgbm.early_stopping(3),
        lightgbm.log_evaluation(2),
        lambda env: calls.append(env.iteration),
    ]
    booster = lightgbm.train(
        params, matrix, 12, valid_sets=[matrix, valid], valid_names=["t", "v"], callbacks=callbacks
    )
    return booster.model_to_string(), calls, dict(booster.best_score), params, len(callbacks)


def lightgbm_watched() -> list[Any]:
    from lightgbm import basic, engine

    names = ("eval_train", "eval_valid", "predict")
    return [
        *code_of(engine.train, engine.cv),
        *(vars(basic.Booster)[name] for name in names),
        vars(basic.Dataset)["__init__"],
    ]


def statsmodels_fit() -> Any:
    import statsmodels.api as sm

    X, y = data()
    results = sm.Logit(y, sm.add_constant(X)).fit()
    return results.params, sorted(vars(results._results)["_cache"]), str(results.summary())[-300:]


def statsmodels_watched() -> list[Any]:
    from statsmodels.base.model import Model
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.regression.linear_model import OLS, RegressionModel

    return [
        vars(Model)["__init__"],
        vars(Logit)["fit"],
        vars(OLS)["fit_regularized"],
        vars(RegressionModel)["fit"],
    ]


def optuna_study() -> Any:
    import optuna
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    optuna.logging.disable_default_handler()
    X, y = data()
    calls: list[Any] = []

    def objective(trial: Any) -> float:
        c = trial.suggest_float("C", 0.01, 10, log=True)
        calls.append(trial.number)
        trial.report(c, 0)
        if trial.number == 2:
            raise optuna.TrialPruned
        return float(cross_val_score(LogisticRegression(C=c), X, y, cv=3).mean())

    sampler = optuna.samplers.TPESampler(seed=3, n_startup_trials=2)
    study = optuna.create_study(sampler=sampler, direction="maximize", study_name="tuning")
    study.optimize(objective, n_trials=5, callbacks=[lambda *_: calls.append("callback")])
    trials = [(item.number, item.state.name, item.values, item.params) for item in study.trials]
    return trials, calls, sampler._rng.rng.get_state()[1].tolist()


def optuna_watched() -> list[Any]:
    from optuna.study import Study, _tell
    from optuna.trial import Trial

    return [
        *code_of(_tell._tell_with_warning),
        *(vars(Study)[name] for name in ("optimize", "ask")),
        *(vars(Trial)[name] for name in ("_suggest", "report", "set_user_attr")),
    ]


MODEL = frozenset(
    f"model/{name}" for name in ("MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt")
)

ROWS = (
    Row(
        "xgboost",
        ("xgboost",),
        xgboost_train,
        xgboost_watched,
        runs=1,
        params={"num_boost_round": "12", "max_depth": "2", "early_stopping_rounds": "None"},
        metrics=frozenset({"train-logloss", "valid-logloss", "fit_time_seconds"}),
        artifacts=MODEL
        | {"model/model.ubj", "drawings.json"}
        | {f"feature_importance_{kind}.json" for kind in ("weight", "gain")},
        series={"train-logloss": 12, "valid-logloss": 12},
    ),
    Row(
        "lightgbm",
        ("lightgbm",),
        lightgbm_train,
        lightgbm_watched,
        runs=1,
        params={"num_boost_round": "12", "num_leaves": "4", "objective": "binary"},
        metrics=frozenset({"t-binary_logloss", "v-binary_logloss", "best_iteration"}),
        artifacts=MODEL
        | {"model/model.lgb", "drawings.json"}
        | {f"feature_importance_{kind}.json" for kind in ("split", "gain")},
        series={"v-binary_logloss": 13, "t-binary_logloss": 13},  # the best once more, as MLflow
    ),
    Row(
        "statsmodels",
        ("statsmodels",),
        statsmodels_fit,
        statsmodels_watched,
        runs=1,
        params={"method": "newton", "maxiter": "35"},
        metrics=frozenset({"aic", "bic", "llf", "df_model"}),
        artifacts=MODEL | {"model/model.statsmodels", "model_summary.txt"},
        series={},
    ),
    Row(
        "optuna",
        ("optuna",),
        optuna_study,
        optuna_watched,
        runs=6,
        params={"study_name": "tuning", "direction": "maximize", "sampler": "TPESampler"},
        metrics=frozenset({"best_value"}),
        artifacts=frozenset({"param_importances.json", "drawings.json"}),
        series={},
    ),
)


def states() -> Any:
    """The global random states."""
    return random.getstate(), *map(str, itertools.chain(np.random.get_state()))
