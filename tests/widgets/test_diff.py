"""The card of a diff."""

import msgspec

from jupyter_mltrack.entities.diff_views import (
    CellDiff,
    DatasetDiff,
    MetricChange,
    PlotDiff,
    RunDiff,
    ValueDiff,
)
from jupyter_mltrack.entities.views import PlotView, RunView
from jupyter_mltrack.widgets.diff import diff_card, percent, signed

CELL = CellDiff(
    status="changed",
    moved=False,
    is_behind=True,
    cell_type="code",
    base_cell_id="a",
    cell_id="a",
    base_number=2,
    number=3,
    title="fit <b>",
    phrases=["depth 4 → 8", "more"],
    diff="@@ -1 +1 @@\n-fit(4, '<i>')\n+fit(8)\n x",
)


def make_run(name: str) -> RunView:
    return RunView(
        run_id=name[0] * 32, run_name=name, experiment_id="1", experiment_name="e",
        status="FINISHED", start_time=0, end_time=1, user_id="", lifecycle_stage="active",
        parent_run_id="", params={}, metrics={}, tags={}, notebook_path="", cell=None,
    )  # fmt: skip


def make_plot(digest: str) -> PlotView:
    return PlotView(
        digest=digest, media_type="image/png", title="roc", artifact_path="", execution_id=""
    )


def make_diff() -> RunDiff:
    return RunDiff(
        summary="acc +0.1: <cell> 3 changed.",
        base=make_run("one <u>"),
        run=make_run("two"),
        path="",
        executed=[CELL, msgspec.structs.replace(CELL, status="same", diff="", phrases=[])],
        notebook=[msgspec.structs.replace(CELL, status="added", cell_id="n", base_cell_id="")],
        params=[ValueDiff(key="C", status="changed", base="1", run=None)],
        metrics=[
            MetricChange(key="acc", status="changed", base=0.5, run=0.6, difference=0.1,
                         relative=0.2, is_better=True),
            MetricChange(key="loss", status="changed", base=0.5, run="NaN", difference=None,
                         relative=None, is_better=None),
        ],
        datasets=[
            DatasetDiff(name="X", context="train", status="changed", base="abcdefghij", run="zyx",
                        base_shape="1 x 2", shape="3 x 2", sampled=True)
        ],
        seeds=[],
        packages=[ValueDiff(key="numpy", status="changed", base="1", run="2"),
                  ValueDiff(key="scipy", status="same", base="1", run="1")],
        environment=[ValueDiff(key="Python", status="same", base="3.11", run="3.11")],
        plots=[
            PlotDiff(title="roc", status="changed", base=make_plot("d1"), run=make_plot("d2")),
            PlotDiff(title="same one", status="same", base=make_plot("d3"), run=make_plot("d3")),
        ],
        notes=["Secrets are redacted."],
    )  # fmt: skip


def test_the_card_shows_what_differs_and_escapes_it() -> None:
    card = diff_card(make_diff(), {"d1": "data:image/png;base64,AAAA"})
    html = card.html
    for shown in (
        "acc +0.1: &lt;cell&gt; 3 changed.",
        "one &lt;u&gt;",
        "fit &lt;b&gt;",
        '<span class="mltrack-del">-fit(4, &#x27;&lt;i&gt;&#x27;)</span>',
        '<span class="mltrack-add">+fit(8)</span>',
        "cell 2 → 3",
        "depth 4 → 8, …",
        "+20 %",
        "mltrack-good",
        "1 x 2 abcdefgh",
        "changed, as far as it was sampled",
        'src="data:image/png;base64,AAAA"',
        "too large or no longer kept",
        "packages: 1 differ, 1 the same",
        "elsewhere in the notebook: 1 cell",
        "Secrets are redacted.",
    ):
        assert shown in html, shown
    assert "@@" not in html
    assert "same one" not in html


def test_the_text_says_the_same() -> None:
    text = diff_card(make_diff(), {}).text
    assert text.startswith("acc +0.1: <cell> 3 changed.\none <u> (oooooooo) → two (tttttttt)\n")
    for shown in ("~ cell 2 → 3 · fit <b> · depth 4 → 8, …", "    -fit(4", "numpy", "roc: changed"):
        assert shown in text, shown
    assert "scipy" not in text


def test_a_run_beside_its_notebook() -> None:
    diff = msgspec.structs.replace(
        make_diff(), run=None, path="a.ipynb", executed=[], params=[], metrics=[], datasets=[],
        packages=[], environment=[], plots=[],
    )  # fmt: skip
    card = diff_card(diff, {})
    assert "a.ipynb now" in card.html
    assert "one <u> (oooooooo) → a.ipynb" in card.text


def test_runs_of_one_name_are_told_apart_by_their_ids() -> None:
    second = msgspec.structs.replace(make_run("one <u>"), run_id="f" * 32)
    diff = msgspec.structs.replace(make_diff(), run=second)
    header = diff_card(diff, {}).text.split("\n\n")[1]
    assert "oooooooo" in header
    assert "ffffffff" in header


def test_numbers_have_their_sign() -> None:
    assert [signed(n) for n in (0.25, -0.25, 0.0, None)] == ["+0.25", "-0.25", "+0", ""]
    assert [percent(n) for n in (0.12345, -2.0, None)] == ["+12.3 %", "-200 %", ""]
