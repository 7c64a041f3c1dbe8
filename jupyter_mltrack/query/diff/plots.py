"""Pictures of two runs in pairs: of one cell by position, of files by path."""

import base64
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from jupyter_mltrack.entities import CellExecution
from jupyter_mltrack.entities.diff_views import PlotDiff
from jupyter_mltrack.entities.views import PlotView
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query.cells import title_of
from jupyter_mltrack.query.diff.alignment import Pair
from jupyter_mltrack.query.diff.cells import ADDED, CHANGED, REMOVED, SAME, Side
from jupyter_mltrack.query.drawings import read_drawn
from jupyter_mltrack.query.files import list_files
from jupyter_mltrack.store.contract import ReadStore

MAX_PLOTS: Final = 100
MAX_PICTURE_BYTES: Final = 2_000_000
"""Of all pictures in one output; the notebook's file keeps them."""


def diff_plots(
    store: ReadStore, run_ids: tuple[str, str], sides: tuple[Side, Side], pairs: Sequence[Pair]
) -> list[PlotDiff]:
    """Pictures that the executions behind the runs showed, and that were logged, in pairs."""
    base, run = (_logged(store, run_id) for run_id in run_ids)
    found = [_pair(path, base.get(path), run.get(path)) for path in dict.fromkeys([*base, *run])]
    for pair in pairs:
        old = _shown(store, sides[0], pair.base)
        new = _shown(store, sides[1], pair.run)
        for one, two in zip_longest(old, new):
            shown = two or one
            found.append(_pair(shown.title if shown else "", one, two))
    return found[:MAX_PLOTS]


def read_pictures(
    store: ReadStore,
    plots: Sequence[PlotDiff],
    limit: int = MAX_PICTURE_BYTES,
    *,
    run_ids: Sequence[str] = (),
) -> dict[str, str]:
    """Pictures that differ, as data URIs by digest, until ``limit`` bytes of them are read.

    Those that are drawn when they are asked for are found by ``run_ids``.
    """
    found: dict[str, str] = {}
    size = 0
    drawn = {one.digest: one for run_id in run_ids for one in list_files(store, run_id).drawn}
    for view in [view for plot in plots if plot.status != SAME for view in (plot.base, plot.run)]:
        if view is None or view.digest in found:
            continue
        try:
            one = drawn.get(view.digest)
            content = store.read_blob(view.digest) if one is None else read_drawn(one)
        except (ResourceDoesNotExist, InvalidParameterValue):
            continue
        size += len(content)
        if size > limit:
            break
        text = base64.b64encode(content).decode()
        found[view.digest] = f"data:{view.media_type};base64,{text}"
    return found


def _logged(store: ReadStore, run_id: str) -> Mapping[str, PlotView]:
    return {view.artifact_path: view for view in list_files(store, run_id).to_plot_views()}


def _shown(store: ReadStore, side: Side, place: int | None) -> list[PlotView]:
    execution = None if place is None else side.executions[place]
    return list_plots(store, execution) if execution else []


def list_plots(store: ReadStore, execution: CellExecution) -> list[PlotView]:
    """The pictures of an execution in the order shown, each in one of its forms."""
    found = []
    for output in store.list_outputs(execution.execution_id):
        images = [kind for kind in output.blobs if kind.startswith("image/")]
        if images:
            kind = "image/png" if "image/png" in images else images[0]
            found.append(
                PlotView(
                    digest=output.blobs[kind],
                    media_type=kind,
                    title=title_of(execution.source),
                    artifact_path="",
                    execution_id=execution.execution_id,
                )
            )
    return found


def _pair(title: str, base: PlotView | None, run: PlotView | None) -> PlotDiff:
    if base is None or run is None:
        status = ADDED if base is None else REMOVED
    else:
        status = SAME if base.digest == run.digest else CHANGED
    return PlotDiff(title=title, status=status, base=base, run=run)
