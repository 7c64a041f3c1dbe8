"""Whatever is typed is a filter or a FilterError, and soon answered.

``MLTRACK_FUZZ=10000`` tries so many; the seed is printed when one fails.
"""

import os
import random
import time

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.errors import FilterError
from jupyter_mltrack.query.runs import search_runs

COUNT = int(os.environ.get("MLTRACK_FUZZ", "400"))
VALID = [
    "metrics.acc > 0.9 AND params.model = 'tree'",
    "NOT (params.lr IN (0.1, 'x') OR tags.`a b` ILIKE '%x_%') AND status != 'FAILED'",
    "min(metrics.loss) <= 1e-3 OR count(metrics.loss) IS NULL",
    "start_time >= '2026-11-01 14:30' AND duration < '1h 30m'",
    "start_time IN ('yesterday', '2 hours ago', 17) AND end_time IS NOT NULL",
    "source CONTAINS 'fit(' AND revision = '0123abcd' AND cell != 'c1'",
    "dataset.name LIKE 'iris%' AND notebook = 'a.ipynb' AND parent_run_id IS NULL",
]
WORDS = (
    "metrics. params. tags. dataset. attributes. status start_time duration revision source acc "
    "min( best( ( ) , AND OR NOT IN IS NULL LIKE ILIKE CONTAINS = != > >= < <= == 1 -1.5e3 1e999 "
    "'x' \"y\" `k` ' \" ` % _ '%' '2026-11-01' 'today' '9 days ago' '1h' ; -- \\ ä 🙂 "
    "\u202e \0 \ud800 ٣ '' '\u0130'"
)
TOKENS = WORDS.split()


def scrambled(chance):
    """A row of tokens, or a valid filter with some characters or words changed."""
    if chance.random() < 0.4:
        joint = chance.choice(["", " "])
        return joint.join(chance.choices(TOKENS, k=chance.randint(0, 40)))
    text = chance.choice(VALID)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice([0, 1, 1, 5]))
        new = chance.choice([*TOKENS, "", "", chr(chance.randrange(0x110000)), text[:40]])
        text = text[:start] + new + text[end:]
    return text


def test_no_text_does_worse_than_a_filter_error(store):
    for number in range(20):
        with mltrack.start_run():
            mltrack.log_params({"lr": number / 10, "model": "tree"})
            mltrack.log_metrics({"acc": number / 20, "loss": float("nan")})
    assert len(mltrack.search_runs(output_format="list")) == 20
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    answered = 0
    for _ in range(COUNT):
        text = scrambled(chance)
        start = time.thread_time()
        try:
            search_runs(store, text, ["max(metrics.acc) DESC"])
            answered += 1
        except FilterError:
            pass
        except Exception as error:
            pytest.fail(f"{type(error).__name__} from {text!r} (seed {seed}): {error}")
        # A fifth of a second is the promise; the machine may be busy, or collect its garbage.
        assert time.thread_time() - start < 10, f"{text!r} (seed {seed})"
    assert answered > COUNT / 100
