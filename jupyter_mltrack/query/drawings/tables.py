"""The numbers of a plot as CSV."""

import csv
import io

from jupyter_mltrack.entities.drawings import Bars, Heat


def to_csv(drawing: Bars | Heat) -> bytes:
    """One line a name, in the order of the plot; numbers in full, what is left out in the last."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    if isinstance(drawing, Bars):
        write(["name", "value"])
        for name, value in zip(drawing.names, drawing.values, strict=True):
            write([_plain(name), _number(value)])
        if drawing.rest:
            write([f"({drawing.rest} more, their sum)", _number(drawing.rest_sum)])
    else:
        write(["name", *map(_plain, drawing.columns)])
        for name, row in zip(drawing.rows, drawing.values, strict=True):
            write([_plain(name), *map(_number, row)])
    return text.getvalue().encode("utf-8", "replace")


def _plain(name: str) -> str:
    # A spreadsheet would take these for formulas.
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)
