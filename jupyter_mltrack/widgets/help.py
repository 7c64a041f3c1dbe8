"""The list of commands."""

from collections.abc import Sequence

from jupyter_mltrack.widgets import text
from jupyter_mltrack.widgets.bundle import Bundle
from jupyter_mltrack.widgets.html import element, line, output

_TITLE = "%mltrack COMMAND"
_RUNS = "RUN is an id or the beginning of one, a name, last, or best:METRIC."


def help_table(commands: Sequence[tuple[str, str]]) -> Bundle:
    """Commands (usage, what it does) as a table."""
    rows = [
        element(
            "tr",
            element("th", name, " ", element("span", rest, class_="mltrack-muted"), scope="row"),
            element("td", summary, class_="mltrack-muted"),
        )
        for usage, summary in commands
        for name, _, rest in [usage.partition(" ")]
    ]
    table = element("table", element("tbody", *rows), class_="mltrack-table")
    html = output(
        element("div", _TITLE, class_="mltrack-title"),
        element("div", table, class_="mltrack-scroll"),
        line(_RUNS),
    )
    names = [[f"%mltrack {usage.split(' ')[0]}", summary] for usage, summary in commands]
    return Bundle(f"{text.aligned(names)}\n{_RUNS}", html)
