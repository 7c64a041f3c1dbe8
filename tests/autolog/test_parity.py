"""What MLflow's autolog records is recorded, under its names and with its values."""

import pytest
import sklearn

from jupyter_mltrack.store.contract import Store
from tests.autolog.parity.cases import CASES
from tests.autolog.parity.differences import differences, read_frozen
from tests.autolog.parity.ours import execute

FROZEN = read_frozen()


@pytest.mark.usefixtures("no_problems")
@pytest.mark.parametrize("name", CASES)
def test_nothing_of_mlflows_is_missing(name: str, store: Store) -> None:
    exact = sklearn.__version__ == FROZEN["scikit-learn"]
    runs = execute(CASES[name], store)
    assert list(differences(FROZEN["cases"][name], runs, exact=exact)) == []
