"""What can be named in a command or a filter, for completion."""

import msgspec

from jupyter_mltrack.query.runs import search_runs
from jupyter_mltrack.search.identifiers import ATTRIBUTES
from jupyter_mltrack.store.contract import ReadStore

MAX_RUNS = 200


class Names(msgspec.Struct, kw_only=True):
    """Beginnings of ids, names of runs, keys, experiments, attributes; the latest runs' first."""

    ids: list[str] = []
    runs: list[str] = []
    metrics: list[str] = []
    params: list[str] = []
    experiments: list[str] = []
    attributes: tuple[str, ...] = tuple(ATTRIBUTES)


def get_names(store: ReadStore) -> Names:
    """What can be named, of the latest runs."""
    runs, _ = search_runs(store, max_results=MAX_RUNS)
    return Names(
        ids=[run.info.run_id[:8] for run in runs],
        runs=list(dict.fromkeys(run.info.run_name for run in runs)),
        metrics=list(dict.fromkeys(key for run in runs for key in run.data.metrics)),
        params=list(dict.fromkeys(key for run in runs for key in run.data.params)),
        experiments=[experiment.name for experiment in store.list_experiments()],
    )
