"""Verdicts: what comes out again, what does not, and why."""

import time
from typing import Any

import pytest

from jupyter_mltrack.entities import Environment
from jupyter_mltrack.entities.rerun_views import DataCheckView
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.projects.causes import Evidence, find_causes
from jupyter_mltrack.projects.metrics import Tolerance
from jupyter_mltrack.projects.verify import verify_run
from jupyter_mltrack.query.runs import get_run_detail
from jupyter_mltrack.widgets.run import run_card
from jupyter_mltrack.widgets.verdict import verification_card
from tests.projects.worlds import Project

SEEDED = (
    "import random\n"
    "import matplotlib.pyplot as plt\n"
    "random.seed(3)\n"
    "with mltrack.start_run(run_name='seeded'):\n"
    "    for step in range(5):\n"
    "        mltrack.log_metric('loss', random.random(), step=step)\n"
    "    mltrack.log_metrics({'nothing': float('nan'), 'much': float('inf'), 'fit_time': 0.0})\n"
    "plt.plot([1, 2, 3]);"
)
UNSEEDED = (
    "import random\n"
    "with mltrack.start_run(run_name='by chance'):\n"
    "    mltrack.log_metrics({'luck': random.random(), 'steady': 1.0})"
)


def test_what_comes_out_again_is_reproduced(project: Project) -> None:
    project.execute(SEEDED)
    run_id = project.run_id("seeded")
    view = verify_run(project.store, run_id)
    assert view.verdict == "reproduced"
    assert view.summary == (
        "reproduced 3 of 3 metrics, 1 duration not compared, 1 of 1 figure the same"
    )
    assert {check.key: check.status for check in view.metrics} == {
        "loss": "same",
        "nothing": "same",
        "much": "same",
        "fit_time": "excluded",
    }
    assert view.causes == []
    tags = project.store.get_run(run_id).data.tags
    assert tags["mltrack.verdict"] == "reproduced"
    assert tags["mltrack.verdict.summary"] == view.summary
    kept = project.artifact(run_id, "verification.json")
    assert (kept["verdict"], kept["run_id"]) == ("reproduced", run_id)
    shown = run_card(get_run_detail(project.store, run_id))
    assert view.summary in shown.text
    assert view.summary in shown.html
    assert "mltrack.verdict" not in shown.text


def test_an_unset_seed_is_named(project: Project) -> None:
    project.execute(UNSEEDED)
    run_id = project.run_id("by chance")
    view = verify_run(project.store, run_id, times=2)
    assert view.verdict == "differs"
    assert [one.outcome for one in view.reruns] == ["finished", "finished"]
    (luck,) = (check for check in view.metrics if check.key == "luck")
    assert luck.status == "differs"
    assert luck.absolute == pytest.approx(abs(luck.original - luck.rerun))
    assert luck.relative == pytest.approx(luck.absolute / abs(luck.original))
    assert view.causes[0].kind == "seed"
    assert "random.random()" in view.causes[0].evidence
    assert "Reruns differ from each other" in view.causes[0].sentence
    assert view.summary.startswith("reproduced 1 of 2 metrics (luck ")
    assert "likely cause: No seed is set for random.random()" in view.summary
    card = verification_card(view)
    assert "luck" in card.text
    assert "luck" in card.html

    tolerant = verify_run(project.store, run_id, tolerance=Tolerance(by_metric={"luck": 1.0}))
    assert tolerant.verdict == "reproduced"


def test_changed_data_is_named(project: Project) -> None:
    data = project.directory / "data.csv"
    data.write_text("x\n1\n2\n3\n")
    project.execute(
        "import pandas as pd\nframe = pd.read_csv('data.csv')",
        "with mltrack.start_run(run_name='mean'):\n"
        "    mltrack.log_metric('mean', frame.x.mean())\n"
        "    open('written.csv', 'w').write('by the notebook')",
    )
    time.sleep(0.05)
    data.write_text("x\n1\n2\n30\n")
    view = verify_run(project.store, project.run_id("mean"))
    assert view.verdict == "differs"
    assert view.causes[0].kind == "data"
    assert view.causes[0].evidence == ["data.csv"]
    assert "mean 2 → 11" in view.summary


def test_changed_data_of_a_fit_is_named(project: Project) -> None:
    data = project.directory / "data.csv"
    data.write_text("x,y\n" + "".join(f"{n},{n % 2}\n" for n in range(20)))
    project.execute(
        "mltrack.autolog()\nimport pandas as pd\n"
        "from sklearn.linear_model import LinearRegression\n"
        "frame = pd.read_csv('data.csv')",
        "model = LinearRegression().fit(frame[['x']], frame['y'])",
    )
    data.write_text("x,y\n" + "".join(f"{n},{n % 3}\n" for n in range(20)))
    view = verify_run(project.store, project.run_id("last"))
    assert view.verdict == "differs"
    assert [check.status for check in view.data] == ["differs"]
    assert view.causes[0].kind == "data"
    assert "The data is another" in view.causes[0].sentence


def test_another_figure_is_seen(project: Project) -> None:
    (project.directory / "slope").write_text("1")
    project.execute(
        "import matplotlib.pyplot as plt\nslope = float(open('slope').read())",
        "with mltrack.start_run(run_name='drawn'):\n    mltrack.log_metric('one', 1)\n"
        "    figure = plt.figure()\n    figure.gca().plot([0, 1], [0, slope])\n"
        "    figure.gca().set_ylim(0, 3)\n"
        "    mltrack.log_figure(figure, 'line.png')",
    )
    (project.directory / "slope").write_text("2.5")
    view = verify_run(project.store, project.run_id("drawn"))
    assert view.verdict == "differs"
    assert {check.status for check in view.figures} == {"differs"}
    assert len(view.figures) == 2
    assert all(check.difference > 0.08 for check in view.figures)
    assert "reproduced 1 of 1 metric, 0 of 2 figures the same" in view.summary


def test_a_notebook_that_fails_now_is_no_verdict_on_its_metrics(project: Project) -> None:
    (project.directory / "data").write_text("1")
    project.execute(
        "value = float(open('data').read())",
        "with mltrack.start_run(run_name='read'):\n    mltrack.log_metric('value', value)",
    )
    (project.directory / "data").unlink()
    view = verify_run(project.store, project.run_id("read"))
    assert view.verdict == "failed"
    assert view.summary == "cell 2 of 3 (value = float(open('data').read())) failed"
    assert "FileNotFoundError" in verification_card(view).text


def test_a_rerun_that_makes_no_such_run_is_unknown(project: Project) -> None:
    (project.directory / "go").touch()
    project.execute(
        "import pathlib\n"
        "if pathlib.Path('go').exists():\n"
        "    with mltrack.start_run(run_name='maybe'):\n"
        "        mltrack.log_metric('value', 1)"
    )
    (project.directory / "go").unlink()
    view = verify_run(project.store, project.run_id("maybe"))
    assert view.verdict == "unknown"
    assert "no run of the rerun corresponds" in view.summary


def test_what_cannot_be_asked_is_refused_before_anything_runs(project: Project) -> None:
    project.execute(UNSEEDED)
    run_id = project.run_id("by chance")
    for wrong in (
        {"tolerance": Tolerance(rtol=-1)},
        {"tolerance": Tolerance(atol=float("nan"))},
        {"tolerance": Tolerance(by_metric={"lack": 1})},
        {"times": 0},
        {"timeout": -1},
    ):
        with pytest.raises(InvalidParameterValue):
            verify_run(project.store, run_id, **wrong)
    assert len(project.runs()) == 1


def test_changes_of_packages_and_python_are_named() -> None:
    def environment(python: str, **packages: str) -> Environment:
        return Environment(digest="", python_version=python, platform="", packages=packages)

    def causes(before: Environment, after: Environment, *sources: str) -> list[tuple[str, str]]:
        evidence = Evidence(
            sources=sources, data=[], changed_files=[], environments=(before, after)
        )
        return [(cause.kind, cause.sentence) for cause in find_causes(evidence)]

    old = environment("3.11.7", numpy="1.26", other="1")
    new = environment("3.11.7", numpy="2.0", other="2", more="1")
    (cause,) = causes(old, new, "import numpy as np")
    assert cause == ("packages", "Packages that the notebook imports changed: numpy 1.26 → 2.0.")
    (cause,) = causes(old, new, "import json")
    assert cause[1].startswith("Packages changed, none that the notebook imports: more none → 1")
    assert causes(old, environment("3.12.1", numpy="1.26", other="1")) == [
        ("python", "Python changed: 3.11.7 → 3.12.1.")
    ]
    assert causes(old, old) == [("unknown", "The cause was not found.")]


def test_causes_come_in_the_order_of_their_evidence() -> None:
    data = DataCheckView(
        name="X", context="train", status="differs", original_digest="a", rerun_digest="b"
    )

    def kinds(**facts: Any) -> list[str]:
        known: dict[str, Any] = {
            "sources": ["random.random()"],
            "data": [],
            "changed_files": [],
            "environments": (None, None),
        }
        return [cause.kind for cause in find_causes(Evidence(**{**known, **facts}))]

    assert kinds(detours=["cell 3 ran twice"]) == ["seed", "notebook"]
    # Data that random numbers made differs for their sake; a file that changed is surer.
    assert kinds(data=[data]) == ["seed", "data"]
    assert kinds(data=[data], changed_files=["x.csv"]) == ["data", "seed"]
    assert kinds(data=[data], changed_files=["x.csv"], repeats=False) == ["seed", "data"]
    assert kinds(data=[data], repeats=True) == ["data"]
    assert kinds(sources=["x = 1"], repeats=False) == ["chance"]
    assert kinds(repeats=True) == ["unknown"]
