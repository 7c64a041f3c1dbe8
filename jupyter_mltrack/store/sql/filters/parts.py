"""A search in parts, which all must hold for a run: its scope, and the clauses of its filter."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from jupyter_mltrack.entities import LifecycleStage, ViewType
from jupyter_mltrack.search import And, Node
from jupyter_mltrack.store.contract import RunSearch
from jupyter_mltrack.store.sql.filters.candidates import find_candidates
from jupyter_mltrack.store.sql.filters.clauses import to_where
from jupyter_mltrack.store.sql.filters.sql import Sql

COUNTED: Final = (2_000, 20_000)
"""Where counting the runs of a part stops: at an eighth of all, between these; 0.1 to 1 ms."""
_MAX_COUNTS: Final = 8


@dataclass(frozen=True, eq=False)
class Part:
    """What must hold for a run, as a condition on the column with its id.

    ``look`` looks at the run alone. ``candidates`` are statements that list the runs that fit by an
    index; ``count`` is their number, None when there is no index or they are more than were
    counted.
    """

    look: Callable[[str], str]
    candidates: Sequence[str] = ()
    count: int | None = None
    tree: Node | None = None

    def is_about_as_few_as(self, other: "Part") -> bool:
        """Whether reading all of this costs less than looking at each run of another."""
        return self.count is not None and self.count <= 2 * (other.count or 0)

    def gather(self, run: str) -> str:
        """The same condition by a set of all runs that fit, if an index lists them."""
        if not self.candidates:
            return self.look(run)
        return f"{run} IN ({' UNION ALL '.join(self.candidates)})"


def list_parts(sql: Sql, search: RunSearch) -> tuple[list[Part], int]:
    """The parts of a search, the first of them counted, and about how many runs there are."""
    trees = [] if search.filter is None else _clauses(search.filter)
    found = [*_scopes(sql, search), *(_of_tree(sql, tree) for tree in trees)]
    indexed = [part for part in found if part.candidates][:_MAX_COUNTS]
    total = sql.numbers("SELECT max(id) FROM runs")[0] or 0
    if not indexed:
        return found, total
    least, most = COUNTED
    enough = min(max(least, total // 8), most)
    counts = [
        f"(SELECT count(*) FROM ({' UNION ALL '.join(part.candidates)} LIMIT {enough + 1}) AS few)"
        for part in indexed
    ]
    (numbers,) = sql.rows(f"SELECT {', '.join(counts)}")
    known = {
        id(part): number for part, number in zip(indexed, numbers, strict=True) if number <= enough
    }
    found = [replace(part, count=known.get(id(part))) for part in found]
    # A database asks in the order given: first what few runs fit.
    return sorted(found, key=lambda part: total if part.count is None else part.count), total


def _clauses(tree: Node) -> Iterator[Node]:
    if isinstance(tree, And):
        for clause in tree.clauses:
            yield from _clauses(clause)
    else:
        yield tree


def _of_tree(sql: Sql, tree: Node) -> Part:
    return Part(
        look=lambda run: to_where(sql, tree, run),
        candidates=find_candidates(sql, tree),
        tree=tree,
    )


def _scopes(sql: Sql, search: RunSearch) -> Iterator[Part]:
    """Which runs are searched at all: the view, experiments, notebooks."""
    in_view = ""
    if search.view != ViewType.ALL:
        active = search.view == ViewType.ACTIVE_ONLY
        stage = sql.bind(LifecycleStage.ACTIVE if active else LifecycleStage.DELETED)
        in_view = f" AND runs.lifecycle_stage = {stage}"
        yield _of_column(f"{sql.unindexed('runs.lifecycle_stage')} = {stage}")
    if search.experiment_ids is not None:
        wanted = _one_of(sql, "experiments.experiment_id", search.experiment_ids)
        ids = f"(SELECT experiments.id FROM experiments WHERE {wanted})"
        listed = f"SELECT runs.id FROM runs WHERE runs.experiment IN {ids}{in_view}"
        yield _of_column(f"{sql.unindexed('runs.experiment')} IN {ids}", listed)
    if search.notebook_paths is not None:
        yield _of_notebook(sql, search.notebook_paths)


def _of_notebook(sql: Sql, named: Sequence[str]) -> Part:
    """The runs of the notebook that has one of these paths now, under every path it had.

    A run whose session was never told which notebook it ran belongs to the one with its path.
    """
    is_file, is_path = _one_of(sql, "file", named), _one_of(sql, "path", named)
    found = [
        row[0]
        for row in sql.rows(
            f"SELECT notebook_id FROM notebooks WHERE {is_path} OR {is_file} "
            f"ORDER BY {is_file} DESC, last_seen DESC LIMIT 1"
        )
    ]
    mine = _one_of(sql, "notebook_id", found)
    earlier = sql.rows(f"SELECT DISTINCT path FROM notebook_sessions WHERE {mine}")
    paths = list(dict.fromkeys((*named, *(row[0] for row in earlier))))
    # Many a notebook is called Untitled.ipynb before it is given a name.
    others = (
        "NOT EXISTS (SELECT 1 FROM notebook_sessions AS other "
        "WHERE other.session_id = runs.session_id AND other.path = runs.notebook_path "
        f"AND NOT {_one_of(sql, 'other.notebook_id', found)})"
    )
    column = sql.unindexed("runs.notebook_path")
    condition = f"{_one_of(sql, column, paths)} AND {others}"
    # The index leaves out the runs of no notebook.
    here = f"runs.notebook_path != '' AND {_one_of(sql, 'runs.notebook_path', paths)}"
    listed = f"SELECT runs.id FROM runs WHERE {here} AND {others}"
    return _of_column(condition, *([] if "" in named else [listed]))


def _one_of(sql: Sql, column: str, values: Sequence[str]) -> str:
    return f"{column} IN {sql.bind_all(values)}" if values else "FALSE"


def _of_column(condition: str, *candidates: str) -> Part:
    return Part(look=lambda _: condition, candidates=candidates)
