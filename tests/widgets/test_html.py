"""What becomes HTML is escaped, whatever it is."""

from html.parser import HTMLParser

import pytest

from jupyter_mltrack.entities.views import ArtifactView, CellDetailView, DatasetView, ModelView
from jupyter_mltrack.widgets.comparison import comparison_bundle
from jupyter_mltrack.widgets.help import help_table
from jupyter_mltrack.widgets.html import Markup, element, escape, join, shortened
from jupyter_mltrack.widgets.run import run_card
from jupyter_mltrack.widgets.runs import runs_table
from jupyter_mltrack.widgets.started import started_line
from jupyter_mltrack.widgets.status import StatusFacts, status_card
from tests.widgets.views import HOSTILE, cell, comparison, detail, metric, run

TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
ALLOWED = TABLES | {"div", "style", "span", "b", "br", "code", "pre", "details", "summary"}
ALLOWED |= {"img", "svg", "path"}
VOID = {"br", "img"}


class Checker(HTMLParser):
    """Balanced, of known elements, without handlers of events."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag in ALLOWED
        assert not [name for name, _ in attributes if name.startswith("on")]
        assert all("javascript:" not in (value or "") for _, value in attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def hostile_run(name=HOSTILE):
    return run(
        name,
        run_id="a" * 32,
        status=HOSTILE,
        experiment_name=HOSTILE,
        user_id=HOSTILE,
        notebook_path=HOSTILE,
        cell=cell(HOSTILE),
        params={HOSTILE: HOSTILE, "long": HOSTILE * 20},
        metrics={HOSTILE: metric(1.0), "x": metric("NaN")},
        tags={HOSTILE: HOSTILE, "mlflow.note.content": HOSTILE},
    )


def hostile_detail():
    return detail(
        hostile_run(),
        cells=[CellDetailView(cell=cell(HOSTILE), source=HOSTILE, outputs=[])],
        artifacts=[ArtifactView(path=HOSTILE, size=1, media_type=HOSTILE, digest="d")],
        datasets=[
            DatasetView(name=HOSTILE, digest=HOSTILE, context=HOSTILE, schema="", profile=HOSTILE)
        ],
        models=[
            ModelView(
                model_id="m",
                name=HOSTILE,
                artifact_path="model",
                flavor="sklearn",
                model_class=HOSTILE,
                status="FAILED",
                status_message=HOSTILE,
                size=0,
            )
        ],
    )


def hostile_comparison():
    runs = [hostile_run(), run("other")]
    return comparison(
        runs,
        metrics={HOSTILE: [1.0, 2.0], "same": [1.0, 1.0]},
        params={HOSTILE: [HOSTILE, None], "p": [HOSTILE, HOSTILE]},
        diff=f"--- a\n+++ b\n-{HOSTILE}\n+{HOSTILE}\n {HOSTILE}",
    )


def hostile_status():
    return StatusFacts(
        tracking=True,
        store_uri=HOSTILE,
        experiment=HOSTILE,
        notebook=HOSTILE,
        notebook_source=HOSTILE,
        session_id=HOSTILE,
        not_captured=[HOSTILE, HOSTILE],
        problems=[(HOSTILE, HOSTILE, 2)],
        store_error=HOSTILE,
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: runs_table([hostile_run(), run("other")], caption=HOSTILE, hint=HOSTILE),
        lambda: runs_table([], caption=HOSTILE, hint=HOSTILE),
        lambda: run_card(hostile_detail()),
        lambda: comparison_bundle(hostile_comparison()),
        lambda: status_card(hostile_status()),
        lambda: started_line(HOSTILE, HOSTILE),
        lambda: help_table([(HOSTILE, HOSTILE)]),
    ],
    ids=["runs", "no runs", "card", "comparison", "status", "started", "help"],
)
def test_hostile_text_stays_text(make):
    bundle = make()
    html = bundle.html
    checked = Checker(html)
    assert "<script" not in html
    assert any("<script>" in text for text in checked.texts)
    assert bundle.text


def test_markup_is_kept_and_text_is_not():
    assert element("b", "<", Markup("<br>"), None) == "<b>&lt;<br></b>"
    assert join(["a", None, "<"], ", ") == "a, &lt;"
    assert element("a_b", class_='"', data_x=None) == '<a_b class="&quot;"></a_b>'
    assert escape("\ud800\0") == "?�"


def test_long_text_is_whole_in_its_tooltip():
    assert shortened("a" * 30, 10) == f'<span title="{"a" * 30}">aaaaaaaaa…</span>'
    assert shortened("a  b\nc", 10) == "a b c"
