"""Plain text for terminals, and for front ends that show nothing else."""

import unicodedata
from collections.abc import Sequence


def cut(text: str, limit: int) -> str:
    """Text on one line, at most ``limit`` characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def counted(count: int, noun: str) -> str:
    """A number of things: ``1 run``, ``2 runs``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def width(text: str) -> int:
    """Columns a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def aligned(rows: Sequence[Sequence[str]], numeric: Sequence[int] = (), gap: str = "  ") -> str:
    """Rows as columns that line up; the columns of index ``numeric`` are flush right."""
    if not rows:
        return ""
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            " " * (size - width(cell)) + cell if i in numeric else cell + " " * (size - width(cell))
            for i, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(gap.join(cells).rstrip())
    return "\n".join(lines)


def ruled(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()) -> str:
    """A table: a header, a rule, the rows."""
    first, *rest = aligned([list(header), *rows], numeric).split("\n")
    length = max(width(line) for line in [first, *rest])
    return "\n".join([first, "─" * length, *rest])
