"""``runs``, ``show``, ``compare``."""

import re
from argparse import Namespace
from typing import TYPE_CHECKING, Any, Final

from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.context import Context, Scope
from jupyter_mltrack.magics.parsing import Parser, raw_text

if TYPE_CHECKING:
    from jupyter_mltrack.entities.views import RunPage
    from jupyter_mltrack.store.contract import ReadStore

_MAX_SERIES: Final = 12
_MAX_COMPARED: Final = 20
_OPERATOR: Final = re.compile(r"[=<>]|\b(?:i?like|in|is)\b", re.IGNORECASE)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


# argparse names the type in its message: "invalid whole number value".
_positive.__name__ = "whole number"


def _runs_arguments(parser: Parser) -> None:
    parser.add_argument(
        "filter", nargs="*", help="such as: metrics.accuracy > 0.9 and params.C = 1"
    )
    parser.add_argument("--last", type=_positive, default=20, metavar="N", help="how many (20)")
    parser.add_argument(
        "--order",
        "--order-by",
        action="append",
        default=[],
        metavar="KEY",
        help="such as 'metrics.auc DESC'",
    )
    _scope_arguments(parser)
    parser.add_argument("--deleted", action="store_true", help="the trash")


def _scope_arguments(parser: Parser) -> None:
    parser.add_argument("--all", action="store_true", help="of all notebooks, not this one alone")
    parser.add_argument("--experiment", metavar="NAME", help="of this experiment")


def _runs(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.entities import ViewType
    from jupyter_mltrack.widgets.runs import runs_table

    scope = context.scope(given.all, given.experiment)
    view = ViewType.DELETED_ONLY if given.deleted else ViewType.ACTIVE_ONLY
    with context.reading() as store:
        page = _search(
            store,
            scope,
            filter_string=raw_text(given.filter),
            order_by=[str(order) for order in given.order],
            max_results=given.last,
            view=view,
        )
        origin = "" if page.runs or scope.notebook is None else context.find_origin(store)
    hint = f"This notebook is a copy of {origin}, which keeps its runs. " if origin else ""
    if page.next_page_token:
        hint = f"There are more; the next: %mltrack runs --last {given.last * 5}"
    elif not page.runs and not given.filter:
        hint += "Fit something, or log to a run, with tracking on: %mltrack start"
    table = runs_table(page.runs, caption=scope.label, hint=hint, order_by=given.order)
    context.show(table)


def _search(store: "ReadStore", scope: Scope, **search: Any) -> "RunPage":
    from jupyter_mltrack.query.runs import search_run_views

    experiment_ids = None
    if scope.experiment is not None:
        found = store.find_experiment_by_name(scope.experiment)
        if found is None and "(--all" not in scope.label:
            raise ResourceDoesNotExist(f"There is no experiment named {scope.experiment!r}.")
        experiment_ids = [found.experiment_id] if found else []
    return search_run_views(store, experiment_ids=experiment_ids, notebook=scope.notebook, **search)


def _show_arguments(parser: Parser) -> None:
    parser.add_argument("run", nargs="*", default=["last"], help="an id or its beginning, a name, "
                        "last, best:METRIC")  # fmt: skip
    parser.add_argument(
        "--cells", action="store_true", help="the cells behind it: what each made, which it needed"
    )


def _show(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.query.certificate import get_certificate
    from jupyter_mltrack.query.files import read_strip
    from jupyter_mltrack.query.lineage import get_lineage
    from jupyter_mltrack.query.runs import get_run_detail
    from jupyter_mltrack.query.series import get_series
    from jupyter_mltrack.widgets.cells import cells_card
    from jupyter_mltrack.widgets.run import run_card

    with context.reading() as store:
        (run_id,) = context.resolve(store, [" ".join(map(str, given.run))])
        if given.cells:
            context.show(cells_card(get_lineage(store, run_id)))
            return
        detail = get_run_detail(store, run_id)
        certificate = get_certificate(store, run_id)
        curves = [key for key, metric in detail.run.metrics.items() if metric.count > 1]
        series = [get_series(store, run_id, key, 100) for key in curves[:_MAX_SERIES]]
        pictures = read_strip(store, run_id)
    context.show(run_card(detail, series, certificate, pictures))


def _compare_arguments(parser: Parser) -> None:
    parser.add_argument(
        "runs", nargs="*", metavar="RUN|FILTER", help="two runs or more, or a filter"
    )
    parser.add_argument("--last", type=_positive, metavar="N", help="the last N runs, or of FILTER")
    _scope_arguments(parser)


def _compare(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.query.compare import compare_runs
    from jupyter_mltrack.widgets.comparison import comparison_bundle

    with context.reading() as store:
        run_ids = _chosen(context, store, given)
        comparison = compare_runs(store, run_ids)
    context.show(comparison_bundle(comparison))


def _chosen(context: Context, store: Any, given: Namespace) -> list[str]:
    text = raw_text(given.runs)
    if text and not _OPERATOR.search(text):
        if given.last:
            raise InvalidParameterValue("Give either runs or --last N, not both.")
        return context.resolve(store, given.runs)
    scope = context.scope(given.all, given.experiment)
    # Without a filter the children of searches would crowd out the runs one means.
    wanted = text or "parent_run_id IS NULL"
    limit = given.last or (_MAX_COMPARED if text else 2)
    page = _search(store, scope, filter_string=wanted, max_results=limit)
    if len(page.runs) < 2:
        raise InvalidParameterValue(
            f"There are {len(page.runs)} such runs in {scope.label}; two are needed to compare. "
            "See them: %mltrack runs"
        )
    # The oldest first: the change reads from left to right.
    return [run.run_id for run in reversed(page.runs)]


COMMANDS: Final = (
    Command(
        name="runs",
        usage="runs [FILTER] [--last N] [--order KEY] [--all]",
        summary="List this notebook's runs.",
        run=_runs,
        add_arguments=_runs_arguments,
        examples=(
            "%mltrack runs --order 'metrics.accuracy DESC' --last 5",
            "%mltrack runs params.C > 0.5 and tags.stage = 'final' --all",
            "%mltrack runs max(metrics.accuracy) > 0.9 or duration > '5 min'",
            "%mltrack runs start_time > 'yesterday' and source contains 'RandomForest'",
        ),
        completes="filter",
    ),
    Command(
        name="show",
        usage="show [RUN] [--cells]",
        summary="Show one run: metrics, params, model, data, code.",
        run=_show,
        add_arguments=_show_arguments,
        examples=(
            "%mltrack show",
            "%mltrack show best:accuracy",
            "%mltrack show 3f2a --cells",
        ),
        completes="run",
    ),
    Command(
        name="compare",
        usage="compare RUN RUN … | --last N | FILTER",
        summary="Show runs side by side: what differs, curves, code.",
        run=_compare,
        add_arguments=_compare_arguments,
        examples=(
            "%mltrack compare --last 2",
            "%mltrack compare baseline best:accuracy",
            "%mltrack compare metrics.accuracy > 0.95",
        ),
        completes="run",
    ),
)
