"""The runs that a person names: by id, name, filter; among the active ones or in the trash."""

import re
from collections.abc import Sequence
from typing import Final

from jupyter_mltrack.entities import Experiment, ViewType
from jupyter_mltrack.errors import AmbiguousName, InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query import runs as queries
from jupyter_mltrack.store.contract import ReadStore

_OPERATOR: Final = re.compile(r"[=<>]|\b(?:i?like|in|is)\b", re.IGNORECASE)


def is_filter(words: Sequence[str]) -> bool:
    """Whether words are a filter (``metrics.accuracy > 0.9``) and not names of runs."""
    return bool(_OPERATOR.search(" ".join(words)))


def choose_runs(
    store: ReadStore, words: Sequence[str], view: int = ViewType.ACTIVE_ONLY
) -> list[str]:
    """Ids of the runs that are named, or that a filter asks for.

    Raises
    ------
    InvalidParameterValue
        Nothing is named, or the filter does not parse.
    ResourceDoesNotExist
        A name fits no run, or the filter none.
    AmbiguousName
        A name fits several.
    """
    if not words:
        raise InvalidParameterValue("Name runs, or give a filter such as: status = 'FAILED'")
    if is_filter(words):
        found = _search(store, " ".join(words), view)
        if not found:
            raise ResourceDoesNotExist(f"No run fits {' '.join(words)!r}.")
        return found
    if view == ViewType.ACTIVE_ONLY:
        return list(dict.fromkeys(queries.resolve_run(store, word) for word in words))
    return list(dict.fromkeys(_find_deleted(store, word) for word in words))


def _search(store: ReadStore, text: str, view: int) -> list[str]:
    found: list[str] = []
    token: str | None = None
    while True:
        page, token = queries.search_runs(
            store, text, max_results=queries.MAX_RESULTS, page_token=token, view=view
        )
        found += [run.info.run_id for run in page]
        if token is None:
            return found


def _find_deleted(store: ReadStore, name: str) -> str:
    quoted = name.replace("'", "''")
    by_name = _search(store, f"run_name = '{quoted}'", ViewType.DELETED_ONLY)
    found = by_name or [
        run_id
        for run_id in _search(store, "", ViewType.DELETED_ONLY)
        if run_id == name or (len(name) >= queries.MIN_PREFIX and run_id.startswith(name))
    ]
    if not found:
        raise ResourceDoesNotExist(
            f"No run in the trash is named {name!r} or has an id that begins so. "
            "See what is there: mltrack runs --deleted"
        )
    if len(found) > 1:
        listed = ", ".join(run_id[:8] for run_id in found[:10])
        raise AmbiguousName(
            f"{name!r} fits {len(found)} runs in the trash; use an id: {listed}", found
        )
    return found[0]


def choose_experiment(store: ReadStore, name: str, view: int = ViewType.ACTIVE_ONLY) -> Experiment:
    """The experiment of a name or an id.

    Raises
    ------
    ResourceDoesNotExist
        Nothing fits.
    AmbiguousName
        Several experiments in the trash have the name.
    """
    experiments = store.list_experiments(view)
    found = [one for one in experiments if one.name == name]
    found = found or [one for one in experiments if one.experiment_id == name]
    where = "in the trash" if view == ViewType.DELETED_ONLY else "active"
    if not found:
        option = " --deleted" if view == ViewType.DELETED_ONLY else ""
        raise ResourceDoesNotExist(
            f"No experiment has the name or id {name!r} ({where}). "
            f"See them: mltrack experiments list{option}"
        )
    if len(found) > 1:
        ids = [one.experiment_id for one in found]
        raise AmbiguousName(
            f"{len(found)} experiments {where} are named {name!r}; use an id: {', '.join(ids)}", ids
        )
    return found[0]
