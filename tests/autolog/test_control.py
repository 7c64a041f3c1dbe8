"""What is autologged is what was asked for: in calls, settings files, the environment, cells."""

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api, state
from jupyter_mltrack.autolog.options import NAMES, SPELLINGS, GivenOptions, Options
from jupyter_mltrack.cli.main import main
from jupyter_mltrack.entities import Run
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.store.contract import Store

Logged = Callable[[], list[Run]]


@pytest.fixture(autouse=True)
def places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store, no_problems: None
) -> Iterator[dict[str, Path]]:
    """A user's directory for settings, and a project below which the test runs."""
    work = tmp_path / "project" / "deep" / "below"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    yield {
        "user": tmp_path / "configuration" / "mltrack" / "config.toml",
        "project": tmp_path / "project" / ".mltrack" / "config.toml",
        "outer": tmp_path / ".mltrack" / "config.toml",
    }
    api.stop()


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def sklearn_state() -> str:
    (found,) = [one.state for one in api.status().frameworks if one.name == "sklearn"]
    return found


def test_the_options_are_said_the_same_everywhere() -> None:
    known = {SPELLINGS.get(name, name) for name in GivenOptions.__annotations__}
    assert known == set(NAMES)
    assert set(SPELLINGS) <= set(GivenOptions.__annotations__)
    shown = inspect.signature(mltrack.autolog).parameters
    assert shown["max_tuning_runs"].default == shown["max_children"].default == 5


# As `mlflow.sklearn.autolog` and `mlflow.autolog` take them.
MLFLOWS: dict[str, Any] = {
    "log_input_examples": False,
    "log_model_signatures": True,
    "log_models": True,
    "log_datasets": True,
    "log_traces": True,
    "disable": False,
    "exclusive": False,
    "disable_for_unsupported_versions": False,
    "silent": False,
    "max_tuning_runs": 5,
    "log_post_training_metrics": True,
    "serialization_format": "cloudpickle",
    "registered_model_name": None,
    "pos_label": None,
    "extra_tags": None,
    "exclude_flavors": None,
    "importance_types": None,
    "model_format": "ubj",
}


def test_mlflows_arguments_with_their_defaults_change_nothing() -> None:
    mltrack.autolog(**MLFLOWS)
    assert state.options_of("sklearn") == Options()
    assert sklearn_state() == "on"


def test_short_names_are_the_same_options() -> None:
    mltrack.autolog(models=False, plots=False, datasets=False, max_children=None, exclude=[KMeans])
    options = state.options_of("sklearn")
    assert not options.log_models
    assert not options.log_plots
    assert not options.log_datasets
    assert options.max_tuning_runs is None
    assert options.excludes(KMeans)
    mltrack.autolog(models=True)
    assert state.options_of("sklearn") == Options()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"log_model": True}, "no option 'log_model'. Did you mean log_models"),
        ({"frobnicate": 1}, "no option 'frobnicate'. There are: checks, datasets"),
        ({"models": "yes"}, "models cannot be 'yes': it is True or False"),
        ({"max_tuning_runs": -1}, "max_tuning_runs cannot be -1: it is a number of runs from 0"),
        ({"max_children": 1.5}, "max_children cannot be 1.5"),
        ({"max_children": True}, "max_children cannot be True"),
        ({"models": True, "log_models": False}, "models and log_models are the same option"),
        ({"extra_tags": ["a"]}, "extra_tags cannot be ['a']: it is a dictionary of tags"),
        ({"exclude": 3}, "exclude cannot be 3: it is a list of classes"),
        ({"exclude": [LogisticRegression()]}, "a class or the name of one"),
        ({"checks": {"seeds": False}}, "'seeds': it is one of overlap, leak"),
        ({"checks": {"seed": 0}}, "checks['seed'] cannot be 0"),
        ({"checks": "seed"}, "True, False, or a dictionary"),
        ({"registered_model_name": "churn"}, "there is no model registry yet"),
        ({"serialization_format": "skops"}, "cannot be 'skops': it is 'cloudpickle'"),
        ({"model_format": "pickle"}, "cannot be 'pickle': it is 'ubj' or 'json'"),
        ({"importance_types": "gain"}, "a list of weight, gain"),
    ],
)
def test_a_wrong_option_is_named_with_what_is_allowed(given: Any, expected: str) -> None:
    mltrack.autolog(models=False)
    with pytest.raises(InvalidParameterValue) as error:
        mltrack.autolog(**given)
    assert expected in error.value.message
    assert not state.options_of("sklearn").log_models  # nothing was changed


def test_one_framework_alone(logged: Logged, data: Any, store: Store) -> None:
    mltrack.sklearn.autolog(log_models=False)
    assert api.status().enabled
    assert [one.name for one in api.status().frameworks if one.state != "off"] == ["sklearn"]
    LogisticRegression().fit(*data)
    (run,) = logged()
    assert store.list_models(run.info.run_id) == []


def test_what_is_said_of_a_framework_counts_over_all() -> None:
    mltrack.sklearn.autolog(log_models=False)
    mltrack.autolog(log_models=True, log_datasets=False)
    options = state.options_of("sklearn")
    assert (options.log_models, options.log_datasets) == (False, False)
    mltrack.sklearn.autolog(disable=True)
    assert sklearn_state() == "off"
    mltrack.sklearn.autolog()
    assert sklearn_state() == "on"
    assert state.options_of("sklearn").log_models


def test_switched_off_classes_are_what_they_were(logged: Logged, data: Any) -> None:
    fit = vars(StandardScaler)["fit"]
    mltrack.autolog()
    assert vars(StandardScaler)["fit"] is not fit
    mltrack.autolog(exclude_flavors=["sklearn"])
    assert vars(StandardScaler)["fit"] is fit
    LogisticRegression().fit(*data)
    mltrack.autolog(disable=True)
    assert vars(StandardScaler)["fit"] is fit
    assert logged() == []


def test_exclusive_leaves_the_users_runs_alone(logged: Logged, data: Any) -> None:
    mltrack.autolog(exclusive=True)
    with mltrack.start_run(run_name="mine"):
        LogisticRegression().fit(*data)
    LogisticRegression().fit(*data)
    mine, fit = logged()
    assert mine.data.params == {}
    assert fit.data.params["C"] == "1.0"


def test_an_unsupported_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import sklearn

    monkeypatch.setattr(sklearn, "__version__", "0.24.2")
    mltrack.autolog(disable_for_unsupported_versions=True)
    (status,) = [one for one in api.status().frameworks if one.name == "sklearn"]
    assert (status.state, status.reason) == ("off", "version 0.24.2 is not one that is tested")
    api.stop()
    mltrack.autolog()
    assert sklearn_state() == "on"


def test_the_nearest_settings_file_wins_and_the_environment_over_it(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(places["user"], "[autolog]\nmodels = false\nplots = false\n[autolog.checks]\nseed=false")
    write(places["outer"], "[autolog]\ndatasets = false")
    write(
        places["project"],
        '[autolog]\nmax_children = "all"\n[autolog.sklearn]\nmodels = true\nexclude = ["KMeans"]\n'
        "[autolog.checks]\nleak = false",
    )
    monkeypatch.setenv("MLTRACK_AUTOLOG_PLOTS", "on")
    monkeypatch.setenv("MLTRACK_AUTOLOG_SKLEARN_LOG_MODEL_SIGNATURES", "false")
    api.start()
    options = state.options_of("sklearn")
    assert (options.log_models, options.log_plots, options.log_datasets) == (True, True, True)
    assert options.max_tuning_runs is None
    assert options.exclude == ("KMeans",)
    assert options.checks == {"seed": False, "leak": False}
    assert not options.log_model_signatures
    assert not state.options.log_models
    mltrack.autolog(plots=False, checks={"leak": True})
    assert not state.options_of("sklearn").log_plots
    assert state.options_of("sklearn").checks == {"seed": False, "leak": True}
    assert api.status().complaints == []
    (status,) = [one for one in api.status().frameworks if one.name == "sklearn"]
    assert status.sources["exclude"] == "settings file"
    assert status.sources["log_plots"] == "call"


def test_settings_switch_frameworks_off(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(places["project"], "[autolog.sklearn]\ndisable = true")
    api.start()
    assert sklearn_state() == "off"
    api.stop()
    write(places["project"], "")
    monkeypatch.setenv("MLTRACK_AUTOLOG", "off")
    api.start()
    assert sklearn_state() == "off"
    mltrack.autolog()
    assert sklearn_state() == "on"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[autolog\nmodels = false", "is not used"),
        ("[autolog]\nmodels = maybe", "is not used"),
        ("[autolog]\nmodel = false", "([autolog]): Autologging has no option 'model'"),
        ("[autolog.sklearn]\nmodels = 1", "([autolog.sklearn]): models cannot be 1"),
        ("[autolog.keras]\nmodels = true", "[autolog.keras] is about no framework"),
        ("autolog = 3", "autolog is not a table"),
        (b"\xff\xfe", "is not used"),
    ],
)
def test_a_broken_file_costs_one_message(
    places: dict[str, Path], text: Any, expected: str, logged: Logged, data: Any
) -> None:
    write(places["user"], "[autolog]\nplots = false")
    places["project"].parent.mkdir(parents=True)
    places["project"].write_bytes(text if isinstance(text, bytes) else text.encode())
    api.start()
    (complaint,) = api.status().complaints
    assert expected in complaint
    # What the other file says still counts, unless this one has something else in its place.
    assert state.options.log_plots == (text == "autolog = 3")
    LogisticRegression().fit(*data)
    assert len(logged()) == 1


def test_the_magic_changes_what_is_named() -> None:
    mltrack.autolog(models=False)
    api.change("", {"plots": False})
    api.change("sklearn", {"max_children": 2})
    options = state.options_of("sklearn")
    assert (options.log_models, options.log_plots, options.max_tuning_runs) == (False, False, 2)
    with pytest.raises(InvalidParameterValue, match="'keras' is no framework"):
        api.change("keras", {"plots": False})


def test_all_are_switched_off_together(data: Any, logged: Logged) -> None:
    mltrack.sklearn.autolog(max_children=2)
    api.change("", {"disable": True})
    LogisticRegression().fit(*data)
    assert logged() == []
    api.change("sklearn", {"disable": True})
    api.change("", {"disable": False})
    LogisticRegression().fit(*data)
    assert len(logged()) == 1
    assert state.options_of("sklearn").max_tuning_runs == 2


def test_the_terminal_says_what_the_settings_are(
    places: dict[str, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["autolog"]) == 0
    assert "Every option has its default" in capsys.readouterr().out
    write(places["project"], '[autolog]\nmodels = false\n[autolog.xgboost]\nmodel_format = "json"')
    monkeypatch.setenv("MLTRACK_AUTOLOG_MAX_CHILDREN", "7")
    assert main(["autolog"]) == 0
    shown = capsys.readouterr().out
    assert f"settings file  {places['project']}" in shown
    assert "sklearn log_models" in shown
    assert "xgboost model_format" in shown
    assert not api.status().enabled
    places["project"].write_text("[autolog]\nmodle = false")
    assert main(["autolog", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["options"]["sklearn"]["max_tuning_runs"] == 7
    assert "modle" in told["complaints"][0]
