"""Runs as columns: what a DataFrame of a hundred thousand is made of, with little done for each.

SQLite hands over the texts of a run as one JSON array, which costs a quarter of a row for each;
runs with the same keys are turned into columns at once. Numbers are placed by numpy.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import Connection, Select, func, select
from sqlalchemy.exc import DBAPIError

from jupyter_mltrack.store.contract import RunTable
from jupyter_mltrack.store.sql.read.parts import fetch, parts
from jupyter_mltrack.store.sql.read.run_data import read_names
from jupyter_mltrack.store.sql.tables import (
    ExperimentRow,
    MetricSummaryRow,
    ParamRow,
    RunRow,
    TagRow,
)

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

MANY: Final = 1000

_to_array: Any = func.json_group_array
_decode_numbers = msgspec.json.Decoder(tuple[int, ...]).decode
_decode_texts = msgspec.json.Decoder(tuple[str, ...]).decode

Texts = dict[tuple[int, ...], tuple[list[int], list[tuple[str, ...]]]]
"""By the numbers of the keys: the places of the runs that have just these, and their texts."""


def load_table(connection: Connection, numbers: Sequence[int]) -> RunTable:
    """The runs of these numbers in this order: the last value of each metric, params and tags."""
    places = {number: place for place, number in enumerate(numbers)}
    reader = _Reader(connection, places)
    infos: list[Any] = [None] * len(places)
    for rows in reader.read(RunRow.id, *_INFO):
        for number, *info in rows:
            if number in places:
                infos[places[number]] = info
    run_ids, experiments, statuses, starts, ends = zip(*infos, strict=True) if infos else [()] * 5
    names: dict[int, str] = {
        number: name
        for rows in fetch(connection, select(ExperimentRow.id, ExperimentRow.experiment_id))
        for number, name in rows
    }
    return RunTable(
        run_ids=run_ids,
        experiment_ids=[names[number] for number in experiments],
        statuses=statuses,
        start_times=starts,
        end_times=ends,
        metrics=reader.read_numbers(),
        params=reader.read_texts(ParamRow),
        tags=reader.read_texts(TagRow),
    )


_INFO = (RunRow.run_id, RunRow.experiment, RunRow.status, RunRow.start_time, RunRow.end_time)


class _Reader:
    """Reads what belongs to runs, to put it where their places are."""

    def __init__(self, connection: Connection, places: Mapping[int, int]) -> None:
        self._connection = connection
        self._places = places
        total = connection.execute(select(func.count()).select_from(RunRow)).scalar_one()
        self._reads_all = len(places) > MANY and len(places) > total // 3

    def read(self, run: Any, *columns: Any, by_run: bool = False) -> Iterator[Sequence[Any]]:
        """Rows of the runs; those of other runs too where reading all is quicker than choosing."""
        query: Select[Any] = select(run, *columns)
        if by_run:
            query = query.group_by(run)
        if self._reads_all:
            yield from fetch(self._connection, query)
            return
        for part in parts(list(self._places)):
            yield from fetch(self._connection, query.where(run.in_(part)))

    def read_numbers(self) -> "dict[str, Numbers]":
        """A column of float64 for each metric, NaN where a run has none."""
        import numpy as np

        table = MetricSummaryRow
        blocks: list[tuple[Numbers, Numbers, Numbers]] = []
        for rows in self.read(table.run, table.name, table.last_value):
            runs, keys, values = zip(*rows, strict=True)
            blocks.append((np.array(runs), np.array(keys), np.array(values, np.float64)))
        if not blocks:
            return {}
        all_runs, all_names, all_values = map(np.concatenate, zip(*blocks, strict=True))
        # Row ids are counted from 1, so that a table by them stays small.
        size = 1 + max(int(all_runs.max()), *self._places)
        places = np.full(size, -1)
        places[np.fromiter(self._places, np.int64)] = np.arange(len(self._places))
        at = places[all_runs]
        wanted = (at >= 0) & ~np.isnan(all_values)
        at, names = at[wanted], all_names[wanted]
        found = np.flatnonzero(np.bincount(names))
        lines = np.zeros(names.max(initial=0) + 1, np.int64)
        lines[found] = np.arange(len(found))
        columns = np.full((len(found), len(self._places)), np.nan)
        columns[lines[names], at] = all_values[wanted]
        return dict(zip(self._names_of(found.tolist()), columns, strict=True))

    def read_texts(self, table: Any) -> dict[str, list[str | None]]:
        """A column for each key of a table of texts, None where a run has none."""
        columns: dict[int, list[str | None]] = {}
        for keys, (places, texts) in self._gather_texts(table).items():
            if len(places) == len(self._places):
                ordered = [texts[at] for at in _inverse(places)]
                columns |= zip(keys, map(list, zip(*ordered, strict=True)), strict=True)
                continue
            for key, column in zip(keys, zip(*texts, strict=True), strict=True):
                if key not in columns:
                    columns[key] = [None] * len(self._places)
                target = columns[key]
                for place, text in zip(places, column, strict=True):
                    target[place] = text
        return dict(zip(self._names_of(columns), columns.values(), strict=True))

    def _gather_texts(self, table: Any) -> Texts:
        if self._connection.dialect.name == "sqlite":
            try:
                return self._gather_arrays(table)
            except (sqlite3.Error, DBAPIError):
                # Built without JSON, or more of one run than a value may have.
                pass
        found: Texts = {}
        for rows in self.read(table.run, table.name, table.value):
            for run, name, text in rows:
                place = self._places.get(run)
                if place is not None:
                    places, texts = found.setdefault((name,), ([], []))
                    places.append(place)
                    texts.append((text,))
        return found

    def _gather_arrays(self, table: Any) -> Texts:
        arrays = map(_to_array, (table.name, table.value))
        by_names: dict[str, tuple[list[int], list[tuple[str, ...]]]] = {}
        for rows in self.read(table.run, *arrays, by_run=True):
            for run, names, values in rows:
                place = self._places.get(run)
                if place is not None:
                    places, texts = by_names.setdefault(names, ([], []))
                    places.append(place)
                    texts.append(_decode_texts(values))
        return {tuple(_decode_numbers(names)): found for names, found in by_names.items()}

    def _names_of(self, numbers: Collection[int]) -> list[str]:
        names = read_names(self._connection, numbers)
        return [names[number] for number in numbers]


def _inverse(places: Sequence[int]) -> list[int]:
    where = [0] * len(places)
    for at, place in enumerate(places):
        where[place] = at
    return where
