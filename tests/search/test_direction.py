"""Which way metrics are better, which the panel shares."""

import json
from pathlib import Path

from jupyter_mltrack.search import direction, greater_is_better

# The panel's own test (labextension/test/compute/best.test.ts) reads the same file.
DIRECTIONS = json.loads((Path(__file__).parent / "metric_directions.json").read_text())
PANEL = Path(__file__).parents[2] / "labextension/src/compute/best.ts"


def test_directions():
    assert {name: greater_is_better(name) for name in DIRECTIONS} == DIRECTIONS
    assert set(DIRECTIONS.values()) == {True, False, None}


def test_the_panel_looks_for_the_same_words():
    text = PANEL.read_text()
    for words in (direction._GREATER, direction._SMALLER):
        assert f"/{words.pattern}/;" in text
