"""Hostile names and values: stored exactly, or refused with the limit in the message."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_mltrack import settings
from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.errors import InvalidParameterValue, MltrackException
from jupyter_mltrack.store.contract import RunSearch, Store
from tests.faults.inside import run_inside
from tests.faults.judge import expect_whole, reopen
from tests.faults.model import shown
from tests.faults.outcome import Outcome, Trial
from tests.faults.workers import close_session, use_store

MEGABYTES = "x" * 10_000_000
TEXTS = {
    "empty": "",
    "blank": "   ",
    "a NUL": "a\0b",
    "a lone surrogate": "a\ud800b",
    "emoji": "🙂👩‍🔬",
    "decomposed": "e\u0301",
    "markup": "<b>'\"`;--",
    "bidi": "\u202eabc",
    "a newline": "a\nb\r\n",
    "a slash": "a/b",
    "a percent": "100%_x",
    "10 MB": MEGABYTES,
}
NUMBERS = [
    0.0,
    math.nan,
    math.inf,
    -math.inf,
    5e-324,
    1.7976931348623157e308,
    2**53 + 1,
    True,
    1e22,
]
NO_NUMBERS = ["1", b"1", None, [1], 10**400, 1j]

Log = Callable[[str], Any]
Read = Callable[[Store], object]


def bad_inputs(trial: Trial) -> None:
    """Everything a name or a value can be, through the functions and the client."""
    for through in ("functions", "client"):
        with trial.fresh_directory() as home:
            run_inside(trial.outcome, _live, home, through)


def _live(outcome: Outcome, home: Path, through: str) -> None:
    import jupyter_mltrack as mltrack

    use_store(home)
    asked: list[tuple[str, str, Read]] = []
    with mltrack.start_run(run_name="inputs") as run:
        run_id = run.info.run_id
        ways = _functions(run_id) if through == "functions" else _client(run_id)
        for kind, (log, read, limit) in ways.items():
            for name, text in _texts(limit).items():
                if _is_taken(outcome, f"{kind} of {name}", log, text, limit):
                    asked.append((f"{kind} of {name}", text, read(text)))
        numbers = _log_numbers(outcome, mltrack, run_id, through)
    assert mltrack.flush(60)
    close_session()
    store = reopen(home, outcome)
    for what, text, read in asked:
        found = read(store)
        outcome.lost += found != text
        outcome.expect(found == text, f"{what}: {str(found)[:80]!r} instead of {text[:80]!r}")
    got = [shown(p.value) for p in store.get_metric_history(run_id, "number")]
    outcome.expect(got == numbers, f"numbers {got} instead of {numbers}")
    rejected = store.get_counts().rejected
    outcome.expect(not rejected, f"{rejected} records kept aside")
    store.close()
    expect_whole(home, outcome)


def _texts(limit: int) -> dict[str, str]:
    return {
        **TEXTS,
        "the limit": "y" * limit,
        "the limit in emoji": "🙂" * limit,
        "one above": "z" * (limit + 1),
    }


def _is_taken(outcome: Outcome, what: str, log: Log, text: str, limit: int) -> bool:
    outcome.trials += 1
    try:
        log(text)
    except InvalidParameterValue as error:
        if len(text) > limit:
            clear = str(limit) in error.message
            outcome.expect(clear, f"{what}: no limit in {error.message[:300]}")
        outcome.expect(len(error.message) < 1000, f"{what}: {len(error.message)} characters said")
        outcome.tally("refused")
        return False
    except Exception as error:
        outcome.fault(f"{what} raised {type(error).__name__}: {str(error)[:200]}")
        return False
    outcome.expect(
        len(text) <= limit, f"{what}: {len(text)} characters taken, the limit is {limit}"
    )
    outcome.acknowledged += 1
    return True


def _log_numbers(outcome: Outcome, mltrack: Any, run_id: str, through: str) -> list[str]:
    client = mltrack.MlflowClient()

    def log(value: Any) -> None:
        if through == "functions":
            mltrack.log_metric("number", value)
        else:
            client.log_metric(run_id, "number", value)

    for number in NUMBERS:
        log(number)
    for value in NO_NUMBERS:
        try:
            log(value)
        except InvalidParameterValue:
            continue
        except MltrackException as error:
            outcome.fault(f"metric {value!r}: {error!r}")
        outcome.fault(f"metric {str(value)[:50]!r} was taken")
    return [shown(number) for number in NUMBERS]


def _param(run_id: str, key: str) -> Read:
    return lambda store: store.get_run(run_id).data.params.get(key)


def _tag(run_id: str, key: str) -> Read:
    return lambda store: store.get_run(run_id).data.tags.get(key)


def _key_of(run_id: str, kind: str) -> Callable[[str], Read]:
    def read(key: str) -> Read:
        return lambda store: (
            key if key in getattr(store.get_run(run_id).data, kind) else "not there"
        )

    return read


def _artifact(run_id: str) -> Callable[[str], Read]:
    return lambda path: (
        lambda store: (
            path if path in {one.path for one in store.list_artifacts(run_id)} else "not there"
        )
    )


def _run_name(name: str) -> Read:
    return lambda store: (
        name
        if name in {one.info.run_name for one in store.search_runs(RunSearch(limit=1000))}
        or not name
        else "not there"
    )


def _experiment(name: str) -> Read:
    # The spaces around an experiment's name are no part of it.
    return lambda store: (
        name
        if name.strip() in {one.name for one in store.list_experiments(ViewType.ALL)}
        else "not there"
    )


Ways = dict[str, tuple[Log, Callable[[str], Read], int]]


def _functions(run_id: str) -> Ways:
    import jupyter_mltrack as mltrack

    numbers = iter(range(10**6))

    def keyed(log: Callable[[str, str], Any], read: Callable[[str, str], Read], prefix: str) -> Any:
        keys: dict[str, str] = {}

        def log_value(text: str) -> None:
            keys[text] = f"{prefix}{next(numbers)}"
            log(keys[text], text)

        return log_value, lambda text: read(run_id, keys[text])

    def start(name: str) -> None:
        with mltrack.start_run(run_name=name, nested=True):
            pass

    return {
        "param value": (*keyed(mltrack.log_param, _param, "p"), settings.MAX_PARAM_LENGTH),
        "tag value": (*keyed(mltrack.set_tag, _tag, "t"), settings.MAX_TAG_LENGTH),
        "param key": (
            lambda key: mltrack.log_param(key, "1"),
            _key_of(run_id, "params"),
            settings.MAX_KEY_LENGTH,
        ),
        "metric key": (
            lambda key: mltrack.log_metric(key, 1),
            _key_of(run_id, "metrics"),
            settings.MAX_KEY_LENGTH,
        ),
        "tag key": (
            lambda key: mltrack.set_tag(key, "1"),
            _key_of(run_id, "tags"),
            settings.MAX_KEY_LENGTH,
        ),
        "artifact path": (lambda path: mltrack.log_text("x", path), _artifact(run_id), 1000),
        "run name": (start, _run_name, settings.MAX_NAME_LENGTH),
        "experiment name": (mltrack.set_experiment, _experiment, settings.MAX_NAME_LENGTH),
    }


def _client(run_id: str) -> Ways:
    import jupyter_mltrack as mltrack

    client = mltrack.MlflowClient()
    numbers = iter(range(10**6))
    values: dict[str, str] = {}

    def log_value(text: str) -> None:
        values[text] = f"c{next(numbers)}"
        client.log_param(run_id, values[text], text)

    def create_run(name: str) -> None:
        run = client.create_run("0", run_name=name)
        client.set_terminated(run.info.run_id)

    def rename(name: str) -> None:
        run = client.create_run("0", run_name="to be renamed")
        client.update_run(run.info.run_id, name=name)

    mltrack.set_experiment("Default")
    mltrack.flush(30)
    return {
        "param value": (
            log_value,
            lambda text: _param(run_id, values[text]),
            settings.MAX_PARAM_LENGTH,
        ),
        "metric key": (
            lambda key: client.log_metric(run_id, key, 1),
            _key_of(run_id, "metrics"),
            settings.MAX_KEY_LENGTH,
        ),
        "tag key": (
            lambda key: client.set_tag(run_id, key, "1"),
            _key_of(run_id, "tags"),
            settings.MAX_KEY_LENGTH,
        ),
        "artifact path": (
            lambda path: client.log_text(run_id, "x", path),
            _artifact(run_id),
            1000,
        ),
        "run name": (create_run, _run_name, settings.MAX_NAME_LENGTH),
        "new run name": (rename, _run_name, settings.MAX_NAME_LENGTH),
        "experiment name": (client.create_experiment, _experiment, settings.MAX_NAME_LENGTH),
    }
