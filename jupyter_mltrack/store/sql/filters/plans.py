"""The runs of a search, found by whichever index leaves least to look at.

When few runs fit one of the parts, these are looked at and sorted. Else, when an index has the
order, its runs are looked at one after the other until enough fit; the runs it does not have (they
lack the metric) come last and are seldom needed. What remains is one statement that sorts all that
fit.

The choice rests on counts that stop early, not on the statistics of a database, which are as old as
its last ANALYZE.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from jupyter_mltrack.search import OrderBy
from jupyter_mltrack.store.contract import RunSearch
from jupyter_mltrack.store.sql.filters.candidates import IS_LONG, IS_SHORT
from jupyter_mltrack.store.sql.filters.orders import to_order_by
from jupyter_mltrack.store.sql.filters.parts import Part, list_parts
from jupyter_mltrack.store.sql.filters.sql import Sql
from jupyter_mltrack.store.sql.filters.walks import Walk, find_walk

STRETCH: Final = 2_000
"""How many runs of a walk are looked at, at least, before whole parts are read instead."""

# Microseconds on SQLite; only their ratios matter.
_LOOK: Final = 2.0  # at a run, by primary keys
_SORT: Final = 2.0  # a run, its values looked up
_GATHER: Final = 0.35  # a run into a set
_PROBE: Final = 0.3  # a set, for a run of a walk


def find_rows(connection: Connection, search: RunSearch) -> list[int]:
    """Numbers in ``runs`` of what a search asks for, in its order."""
    sql = Sql(connection)
    parts, total = list_parts(sql, search)
    found = _Finding(sql, parts, total).by(search.order_by, search.offset + search.limit)
    return found[search.offset :]


@dataclass(frozen=True)
class _Course:
    """A walk to ``want`` runs: the parts it goes ``along``, those to be asked on the way.

    ``total`` is how many runs there are, ``length`` how many of them to pass at most.
    """

    walk: Walk
    along: Sequence[Part]
    others: Sequence[Part]
    total: int
    length: int
    want: int

    def distance(self) -> float:
        """About how many runs are passed."""
        share = _share(self.others, self.total)
        return min(self.length, self.want / share) if share else self.length

    def cost(self) -> float:
        """What the walk costs the cheaper way."""
        distance = self.distance()
        return min(self.look_cost(distance), self.gather_cost(distance))

    def look_cost(self, distance: float) -> float:
        """What it costs to look at each run."""
        return distance * (_LOOK if self.others else _PROBE)

    def gather_cost(self, distance: float) -> float:
        """What it costs to read parts first; endless without such parts."""
        read = [self.total / 2 if part.count is None else part.count for part in self._gathered()]
        return sum(read) * _GATHER + distance * _PROBE if read else math.inf

    def gathers(self) -> list[str]:
        """Conditions that read parts first."""
        gathered = self._gathered()
        others = [part for part in self.others if part not in gathered]
        run = self.walk.run
        return [part.gather(run) for part in gathered] + [part.look(run) for part in others]

    def has_candidates(self) -> bool:
        """Whether any part can be read first."""
        return any(part.candidates for part in self.others)

    def _gathered(self) -> Sequence[Part]:
        fewest = _fewest(self.others)
        if fewest is None:
            return [part for part in self.others if part.candidates]
        return [part for part in self.others if part.is_about_as_few_as(fewest)]


def _fewest(parts: Sequence[Part]) -> Part | None:
    counted = [part for part in parts if part.count is not None]
    return min(counted, key=lambda part: part.count or 0, default=None)


def _share(parts: Sequence[Part], total: int) -> float:
    """The share of runs that fit, if no part has to do with another; half of those not counted."""
    counts = [total / 2 if part.count is None else part.count for part in parts if part.candidates]
    return math.prod(count / max(total, count, 1) for count in counts)


@dataclass(frozen=True)
class _Finding:
    sql: Sql
    parts: Sequence[Part]
    total: int

    def by(self, orders: Sequence[OrderBy], want: int) -> list[int]:
        """The first ``want`` runs of an order."""
        fewest = _fewest(self.parts)
        walk = find_walk(self.sql, orders)
        if walk is None:
            return self._sort(orders, self.parts, fewest, want)
        along = [part for part in self.parts if walk.range(self.sql, part.tree) is not None]
        course = _Course(
            walk,
            along=along,
            others=[part for part in self.parts if part not in along],
            total=self.total,
            length=min([self.total, *(part.count for part in along if part.count is not None)]),
            want=want,
        )
        if fewest and self._sort_cost(fewest) < course.cost():
            return self._sort(orders, self.parts, fewest, want)
        found = self._walk(course)
        if walk.entries is None or along or len(found) == want:
            return found
        return found + self._unwalked(walk, walk.entries, fewest, want - len(found))

    def _sort_cost(self, fewest: Part) -> float:
        return (fewest.count or 0) * _LOOK + self.total * _share(self.parts, self.total) * _SORT

    def _sort(
        self, orders: Sequence[OrderBy], parts: Sequence[Part], fewest: Part | None, want: int
    ) -> list[int]:
        if fewest is None:
            conditions = [part.gather("runs.id") for part in parts]
        else:
            conditions = [fewest.gather("runs.id")]
            conditions += [
                part.gather(self.sql.unindexed("runs.id"))
                if part.is_about_as_few_as(fewest)
                else part.look("runs.id")
                for part in parts
                if part is not fewest
            ]
        return self._select("runs.id", "runs", conditions, to_order_by(self.sql, orders), want)

    def _walk(self, course: "_Course") -> list[int]:
        """Runs that the index has."""
        walk, want = course.walk, course.want
        ranges = [walk.range(self.sql, part.tree) or "" for part in course.along]
        looks = [part.look(walk.run) for part in course.others]
        if course.gather_cost(course.distance()) < course.look_cost(course.distance()):
            return self._step(walk, [*ranges, *course.gathers()], want)
        stretch = max(STRETCH, 2 * int(course.distance()))
        reached = self._reached(walk, ranges, stretch) if course.has_candidates() else None
        if reached is None:
            return self._step(walk, [*ranges, *looks], want)
        found = self._step(walk, [*ranges, walk.until(self.sql, reached), *looks], want)
        if len(found) < want:
            # As many fit as far as was seen; from here on it may be worth while to read parts.
            left = min(course.length, (want - len(found)) * stretch / max(len(found), 0.5))
            cheaper = course.gather_cost(left) < course.look_cost(left)
            conditions = course.gathers() if cheaper else looks
            rest = [*ranges, walk.after(self.sql, reached), *conditions]
            found += self._step(walk, rest, want - len(found))
        return found

    def _reached(self, walk: Walk, ranges: Sequence[str], stretch: int) -> float | None:
        """The value that a stretch of the walk reaches; None when it ends before."""
        where = " AND ".join([walk.there, *ranges])
        found = self.sql.rows(
            f"SELECT {walk.value} FROM {walk.index} WHERE {where}"
            f" ORDER BY {walk.first_key()} LIMIT 1 OFFSET {stretch}"
        )
        return found[0][0] if found else None

    def _step(self, walk: Walk, conditions: Sequence[str], want: int) -> list[int]:
        conditions = [walk.there, *conditions]
        return self._select(walk.run, walk.source, conditions, walk.order_by(self.sql), want)

    def _select(
        self, column: str, source: str, conditions: Sequence[str], order: str, want: int
    ) -> list[int]:
        where = " AND ".join(conditions) or "TRUE"
        return self.sql.numbers(
            f"SELECT {column} FROM {source} WHERE {where} ORDER BY {order} LIMIT {want}"
        )

    def _unwalked(
        self, walk: Walk, entries: tuple[str, str], fewest: Part | None, want: int
    ) -> list[int]:
        """Runs that come after those the index has: NaN or text, then those without the key."""
        table, column = entries
        key = f"{table}.name = {self.sql.name_id(walk.identifier.key)}"
        has_key = f"SELECT {table}.run FROM {table} WHERE {key}"
        is_other = [IS_SHORT, IS_LONG] if table == "params" else [f"{table}.{column} IS NULL"]
        others = [f"{has_key} AND {condition}" for condition in is_other]
        unsorted = Part(
            look=lambda run: (
                f"EXISTS ({has_key} AND {table}.{column} IS NULL AND {table}.run = {run})"
            ),
            candidates=others,
        )
        found = self._sort(walk.orders, [*self.parts, unsorted], fewest or unsorted, want)
        if len(found) < want:
            lacking = Part(look=lambda run: f"NOT EXISTS ({has_key} AND {table}.run = {run})")
            rest = _Finding(self.sql, [*self.parts, lacking], self.total)
            found += rest.by(walk.orders[1:], want - len(found))
        return found
