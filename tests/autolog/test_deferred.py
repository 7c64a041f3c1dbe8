"""What watches is loaded apart from the framework, and no call is missed for that."""

from pathlib import Path

from jupyter_mltrack.autolog.sklearn import evaluations, functions
from tests.conftest import run_python

FIT = (
    "from sklearn.linear_model import LogisticRegression\n"
    "LogisticRegression().fit([[0.0], [1.0]], [0, 1])\n"
    "from jupyter_mltrack.autolog import state\n"
    "print(state.recorded_fits)\n"
)


def test_every_evaluation_that_can_be_recorded_is_observed() -> None:
    assert set(functions.EVALUATIONS) == set(evaluations.RECORDERS)


def test_importing_scikit_learn_loads_nothing_that_records(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from jupyter_mltrack.autolog import api, deferred\n"
        "deferred._load_all = lambda names: None\n"
        "api.start()\n"
        "import sklearn.ensemble, sklearn.inspection, sklearn.model_selection\n"
        "print(sorted(name for name in ('fits', 'posthoc', 'partial', 'cross_validation')\n"
        "    if f'jupyter_mltrack.autolog.sklearn.{name}' in sys.modules))\n"
    )
    assert run_python(code + FIT, MLTRACK_STORE=str(tmp_path / "store")).split() == ["[]", "1"]


def test_the_modules_are_loaded_ahead_and_no_framework() -> None:
    code = (
        "import sys, threading\n"
        "from jupyter_mltrack.autolog import api\n"
        "api.start()\n"
        "for thread in threading.enumerate():\n"
        "    if thread.name == 'mltrack-loading':\n"
        "        thread.join(30)\n"
        "print('jupyter_mltrack.autolog.sklearn.posthoc' in sys.modules)\n"
        "print([n for n in ('sklearn', 'numpy', 'xgboost', 'optuna') if n in sys.modules])\n"
        "from jupyter_mltrack.tracking.problems import problems\n"
        "print(problems.list_problems())\n"
    )
    assert run_python(code).splitlines() == ["True", "[]", "[]"]


def test_a_process_forked_while_modules_are_loaded_can_load_them() -> None:
    code = (
        "import os, sys, time\n"
        "import sklearn.linear_model\n"
        "from jupyter_mltrack.autolog import api\n"
        "api.start()\n"
        "for _ in range(20):\n"
        "    time.sleep(0.002)\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        import jupyter_mltrack.autolog.sklearn.permutation\n"
        "        import jupyter_mltrack.autolog.sklearn.posthoc\n"
        "        os._exit(0)\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
    )
    assert run_python(code) == ""
