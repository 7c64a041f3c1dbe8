"""Which way metrics are better, which the panel shares."""

import json
from pathlib import Path

from jupyter_mltrack.search import greater_is_better

# The panel's own test (labextension/test/compute/best.test.ts) reads the same file.
DIRECTIONS = json.loads((Path(__file__).parent / "metric_directions.json").read_text())


def test_directions():
    assert {name: greater_is_better(name) for name in DIRECTIONS} == DIRECTIONS
    assert set(DIRECTIONS.values()) == {True, False, None}
