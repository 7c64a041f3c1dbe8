"""Which notebook it is: known under a path, renamed, moved, copied, or new."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from jupyter_mltrack.entities.identity import Notebook, NotebookSketch
from jupyter_mltrack.store.contract import ReadStore

HALF: Final = 0.5
MIN_SOURCES: Final = 3
"""Fewer equal sources than this are chance: everybody imports numpy."""


class Recognised(msgspec.Struct, frozen=True):
    """Which notebook it is; both ids are empty for one that was never seen."""

    notebook_id: str = ""
    copied_from: str = ""


def notebook_paths(store: ReadStore, path: str | Sequence[str]) -> list[str]:
    """Every path that the notebook at ``path`` had, the one it has now first.

    Several ``path`` are spellings of one. A run at such a path may still be another notebook's;
    ``search_runs(notebook=path)`` tells them apart.
    """
    named = [path] if isinstance(path, str) else list(path)
    notebook = store.find_notebook(named)
    earlier = store.list_notebook_paths(notebook.notebook_id) if notebook else []
    return list(dict.fromkeys((*named, *earlier)))


def find_origin(store: ReadStore, path: str | Sequence[str]) -> Notebook | None:
    """The notebook that the one at ``path`` was copied from."""
    notebook = store.find_notebook([path] if isinstance(path, str) else path)
    if notebook is None or not notebook.copied_from:
        return None
    return store.get_notebook(notebook.copied_from)


def recognise(
    store: ReadStore, session_id: str, seen: Notebook, exists: Callable[[Notebook], bool]
) -> Recognised:
    """Which of the known notebooks a session sees at ``seen.path``; its id does not matter.

    Known under its path it is that one, unless its cells have nothing in common with it any more.
    Under a path that is new, with at least half of the cells of a known one, it is that one moved
    if that one's file is gone, else a copy of it. ``exists`` says whether the file of a known
    notebook is there.
    """
    mine = store.list_session_notebooks(session_id).get(seen.path)
    candidates = store.list_notebooks()
    here = [one for one in candidates if _is_here(one, seen, exists)]
    here.sort(key=lambda one: (one.notebook_id == mine, _same_file(one, seen)), reverse=True)
    for one in here:
        if not _are_strangers(one.sketch, seen.sketch):
            return Recognised(one.notebook_id)
    in_session = set(store.list_session_notebooks(session_id).values())
    related = [
        (_share(one.sketch, seen.sketch), _is_gone(one, seen, exists), one.last_seen, one)
        for one in candidates
        if _share(one.sketch, seen.sketch) >= HALF
    ]
    if not related:
        return Recognised(_only_notebook(store, session_id, seen, exists))
    _, is_gone, _, best = max(related, key=lambda found: found[:3])
    if is_gone or (best.notebook_id in in_session and not best.file):
        return Recognised(best.notebook_id)
    return Recognised(copied_from=best.notebook_id)


def _is_here(one: Notebook, seen: Notebook, exists: Callable[[Notebook], bool]) -> bool:
    """Whether a known notebook may be the one seen, going by its path."""
    if _same_file(one, seen):
        return True
    if one.path != seen.path:
        return False
    # Below another root the same path is another file.
    return not (one.host == seen.host and one.file and seen.file and exists(one))


def _is_gone(one: Notebook, seen: Notebook, exists: Callable[[Notebook], bool]) -> bool:
    """Whether the file of a known notebook was on this machine and is no more."""
    return bool(one.file) and one.host == seen.host and not exists(one)


def _same_file(one: Notebook, seen: Notebook) -> bool:
    return bool(seen.file) and (one.file, one.host) == (seen.file, seen.host)


def _only_notebook(
    store: ReadStore, session_id: str, seen: Notebook, exists: Callable[[Notebook], bool]
) -> str:
    """The session's notebook under another name, where nothing is known of its cells."""
    if seen.sketch.ids or seen.sketch.sources:
        return ""
    ids = set(store.list_session_notebooks(session_id).values())
    if len(ids) != 1:
        return ""
    (known,) = (store.get_notebook(one) for one in ids)
    return "" if exists(known) else known.notebook_id


def _are_strangers(known: NotebookSketch, seen: NotebookSketch) -> bool:
    """Whether a path was given to another notebook: no cell is left, by id or by source."""
    if not (known.ids or known.sources) or not (seen.ids or seen.sources):
        return False
    if set(known.ids) & set(seen.ids):
        return False
    # A file of an older format is given new ids each time it is opened.
    return _share_of_sources(known, seen) < HALF


def _share(known: NotebookSketch, seen: NotebookSketch) -> float:
    """How much of the smaller notebook is in the other one, 0 to 1.

    Equal ids are no chance; equal sources may be, and count where one of them has no ids, when
    they are most of both.
    """
    if known.ids and seen.ids:
        return len({*known.ids} & {*seen.ids}) / min(len(known.ids), len(seen.ids))
    shared = len({*known.sources} & {*seen.sources})
    return _share_of_sources(known, seen) if shared >= MIN_SOURCES else 0.0


def _share_of_sources(known: NotebookSketch, seen: NotebookSketch) -> float:
    longer = max(len(known.sources), len(seen.sources))
    return len({*known.sources} & {*seen.sources}) / longer if longer else 0.0
