"""Drawings of a run: listed as its files, drawn when asked for, refused when they are hostile."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog.drawings import add_drawings
from jupyter_mltrack.entities.drawings import DRAWINGS_TYPE, ConfusionMatrix, EstimatorTree
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query.drawings import draw, parse_drawing, reading
from jupyter_mltrack.query.drawings.matrices import normalised
from jupyter_mltrack.query.files import list_files, read_file, read_strip, write_files
from jupyter_mltrack.query.runs import get_run_detail
from jupyter_mltrack.store.contract import Store

PNG = b"\x89PNG\r\n\x1a\n"
LINE = {"x": [0, 1, 2], "y": [1, None, 2]}
CURVE = {"kind": "curve", "lines": [LINE]}
BARS = {"kind": "bars", "names": ["a", "b"], "values": [2.0, -1.0]}
PART = {"estimator": "E"}
KINDS = {
    "matrix.png": {"kind": "confusion_matrix", "labels": ["a", "b"], "matrix": [[3, 1], [0, 0]]},
    "curve.png": CURVE,
    "bars.png": BARS,
    "heat.png": {"kind": "heat", "rows": ["f"], "columns": ["a", "b"], "values": [[1, None]]},
    "search.png": {
        "kind": "search",
        "label": "score",
        "scores": [0.1, None, 0.3],
        "deviations": [0.1, 0.1, None],
        "params": [
            {"name": "C", "values": [0.001, 1, 1000]},
            {"name": "kernel", "values": ["a", None, "b"]},
        ],
        "best": 2,
    },
    "estimator.html": {"kind": "estimator_tree", "root": PART},
}


def parse(name: str, drawing: Any) -> Any:
    return parse_drawing(name, json.dumps(drawing).encode())


@pytest.fixture
def keep(store: Store) -> Callable[[bytes], str]:
    """Log a ``drawings.json`` of these bytes; the id of its run."""

    def keep(content: bytes) -> str:
        with mltrack.start_run() as run:
            run.log_content("drawings.json", content, DRAWINGS_TYPE)
        assert mltrack.flush(20)
        return run.run_id

    return keep


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_drawn(name: str) -> None:
    content = draw(name, parse(name, KINDS[name]))
    assert content.startswith(PNG if name.endswith(".png") else b"<!DOCTYPE html>")


def test_a_picture_leaves_the_users_matplotlib_alone() -> None:
    settings = dict(mpl.rcParams)
    with mpl.rc_context({"text.usetex": True, "axes.facecolor": "black", "font.size": 40}):
        before = dict(mpl.rcParams)
        styled = draw("curve.png", parse("curve.png", CURVE))
        assert dict(mpl.rcParams) == before
    assert dict(mpl.rcParams) == settings
    assert styled == draw("curve.png", parse("curve.png", CURVE))


def test_rows_are_normalised_as_scikit_learn_does() -> None:
    matrix = ConfusionMatrix(labels=["a", "b"], matrix=[[3.0, 1.0], [0.0, 0.0]])
    assert normalised(matrix).tolist() == [[0.75, 0.25], [0.0, 0.0]]


def test_bars_are_a_table_too() -> None:
    given = {**BARS, "names": ["=cmd()", "b"], "rest": 3, "rest_sum": 0.5}
    text = draw("bars.csv", parse("bars.png", given)).decode()
    assert text == 'name,value\n\'=cmd(),2.0\nb,-1.0\n"(3 more, their sum)",0.5\n'


NUMBERS = [1e308, -1e308, 1e-320, 0, None, 5e-324]


@pytest.mark.parametrize(
    ("name", "drawing"),
    [
        ("a.png", {"kind": "curve", "lines": []}),
        ("a.png", {"kind": "curve", "lines": [{"x": [], "y": []}]}),
        ("a.png", {"kind": "curve", "unit": True, "lines": [{"x": NUMBERS, "y": NUMBERS}]}),
        ("a.png", {"kind": "bars", "names": [], "values": []}),
        ("a.png", {"kind": "bars", "names": ["n"] * 6, "values": NUMBERS}),
        ("a.png", {"kind": "confusion_matrix", "labels": [], "matrix": []}),
        ("a.png", {"kind": "confusion_matrix", "labels": ["$x_"], "matrix": [[1e308]]}),
        ("a.png", {"kind": "heat", "rows": [], "columns": [], "values": []}),
        ("a.png", {"kind": "heat", "rows": ["$\\frac{"], "columns": [""], "values": [[None]]}),
        ("a.png", {"kind": "search", "label": "", "scores": [], "deviations": [], "params": []}),
        ("a.png", {
            "kind": "search", "label": "\0$", "scores": NUMBERS, "deviations": NUMBERS,
            "params": [{"name": "p", "values": [None] * 6}, {"name": "q", "values": NUMBERS}],
            "best": 10**6,
        }),
        ("a.png", {**CURVE, "title": "\x1b[31m$\\undefined{" + "x" * 400, "note": "n\n" * 200}),
    ],
)  # fmt: skip
def test_odd_numbers_and_names_are_drawn(name: str, drawing: Any) -> None:
    assert draw(name, parse(name, drawing)).startswith(PNG)


@pytest.mark.parametrize(
    ("name", "drawing"),
    [
        ("a.png", {}),
        ("a.png", []),
        ("a.png", {"kind": "exec"}),
        ("a.png", {"kind": "curve", "lines": [{"x": [1], "y": []}]}),
        ("a.png", {"kind": "curve", "lines": [{"x": [0] * 1001, "y": [0] * 1001}]}),
        ("a.png", {"kind": "curve", "lines": [LINE] * 21}),
        ("a.png", {"kind": "curve", "lines": [{"x": ["1"], "y": [1]}]}),
        ("a.png", {**CURVE, "title": "x" * 501}),
        ("a.png", {"kind": "confusion_matrix", "labels": ["a"], "matrix": [[1, 2]]}),
        ("a.png", {"kind": "confusion_matrix", "labels": ["a"] * 101, "matrix": [[1] * 101] * 101}),
        ("a.png", {"kind": "bars", "names": ["a"], "values": [10**400]}),
        ("a.html", CURVE),
        ("a.png", {"kind": "estimator_tree", "root": PART}),
        ("../a.png", CURVE),
        ("/a.png", CURVE),
        ("a\\b.png", CURVE),
        ("a\n.png", CURVE),
        ("", CURVE),
        ("e.html", {"kind": "estimator_tree", "root": {**PART, "parts": [PART] * 101}}),
        ("e.html", {
            "kind": "estimator_tree",
            "root": {**PART, "parts": [{**PART, "parts": [PART] * 90}] * 90},
        }),
    ],
)  # fmt: skip
def test_what_is_no_drawing_is_refused(name: str, drawing: Any) -> None:
    with pytest.raises(InvalidParameterValue):
        parse(name, drawing)


def test_depth_without_end_is_refused() -> None:
    deep = b'{"estimator":"E","parts":[' * 100_000
    with pytest.raises(InvalidParameterValue):
        parse_drawing("e.html", b'{"kind":"estimator_tree","root":' + deep)
    nested: dict[str, Any] = PART
    for _ in range(60):
        nested = {**PART, "parts": [nested]}
    with pytest.raises(InvalidParameterValue, match="too many parts"):
        parse("e.html", {"kind": "estimator_tree", "root": nested})


def test_the_page_of_an_estimator_holds_no_markup_of_others() -> None:
    hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\0"
    param = {"name": hostile, "value": hostile, "changed": True}
    part = {"estimator": hostile, "module": hostile, "role": hostile, "detail": hostile}
    root = {**part, "params": [param, {**param, "changed": False}], "parts": [part]}
    drawing = {"kind": "estimator_tree", "root": root, "note": hostile, "title": hostile}
    page = draw("e.html", parse("e.html", drawing)).decode()
    assert set(re.findall(r"<([a-zA-Z]+)", page)) == {
        *("html", "head", "meta", "title", "style", "body", "article", "ul", "li", "span", "b"),
        *("div", "p", "details", "summary", "table", "tr", "th", "td", "code"),
    }
    assert "&lt;script&gt;" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert "prefers-color-scheme:dark" in page


def test_drawn_files_stand_among_the_others(store: Store, tmp_path: Path) -> None:
    with mltrack.start_run() as run:
        add_drawings(run, {"curve.png": CURVE, "bars.png": BARS, "e.html": KINDS["estimator.html"]})
        mltrack.log_text("mine", "curve.png")
        add_drawings(run, {"later.png": CURVE, "nan.png": {**BARS, "values": [float("nan"), 1.0]}})
        mltrack.log_text("x", "notes/a.txt")
    assert mltrack.flush(20)
    views = {view.path: view for view in list_files(store, run.run_id).to_artifact_views()}
    assert list(views) == [
        *("bars.csv", "bars.png", "curve.png", "drawings.json", "e.html", "later.png"),
        *("nan.csv", "nan.png", "notes/a.txt"),
    ]
    assert not views["curve.png"].drawn, "what was logged by this name comes first"
    assert read_file(store, run.run_id, "curve.png") == (b"mine", "image/png")
    assert read_file(store, run.run_id, "later.png")[0].startswith(PNG)
    detail = get_run_detail(store, run.run_id)
    assert {plot.title: plot.drawn for plot in detail.plots} == {
        **dict.fromkeys(["bars.png", "later.png", "nan.png"], True),
        "curve.png": False,
    }
    assert detail.estimator is not None
    assert detail.estimator.estimator == "E"
    assert set(read_strip(store, run.run_id)) == {"bars.png", "later.png", "nan.png"}
    written = write_files(store, run.run_id, "", tmp_path)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in written) == list(views)
    assert write_files(store, run.run_id, "notes", tmp_path / "b") == [tmp_path / "b/notes/a.txt"]


def test_equal_drawings_of_two_runs_have_one_digest(
    keep: Callable[[bytes], str], store: Store
) -> None:
    content = json.dumps({"a.png": CURVE, "b.png": BARS}).encode()
    one, two = (
        {drawn.path: drawn.digest for drawn in list_files(store, keep(content)).drawn}
        for _ in range(2)
    )
    assert one == two
    assert len(set(one.values())) == 3


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b'{"a.png": ', b"[" * 200_000, b'{"a.png":{"kind":"curve"}}',
                json.dumps({f"{i}.png": CURVE for i in range(101)}).encode()]
)  # fmt: skip
def test_a_hostile_file_of_drawings_lists_nothing(
    keep: Callable[[bytes], str], store: Store, content: bytes
) -> None:
    run_id = keep(content)
    assert [view.path for view in get_run_detail(store, run_id).artifacts] == ["drawings.json"]
    with pytest.raises((ResourceDoesNotExist, InvalidParameterValue)):
        read_file(store, run_id, "a.png")


def test_a_file_of_drawings_that_is_too_large_says_so(
    keep: Callable[[bytes], str], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 100)
    run_id = keep(json.dumps({"a.png": CURVE, "b.png": CURVE}).encode())
    assert list_files(store, run_id).drawn == []
    with pytest.raises(InvalidParameterValue, match="at most 100 are drawn"):
        read_file(store, run_id, "a.png")


def test_one_hostile_entry_costs_itself(keep: Callable[[bytes], str], store: Store) -> None:
    run_id = keep(json.dumps({"bad.png": {"kind": "bars"}, "good.png": CURVE}).encode())
    assert [drawn.path for drawn in list_files(store, run_id).drawn] == ["good.png"]
    with pytest.raises(InvalidParameterValue, match=r"bad\.png.*names"):
        read_file(store, run_id, "bad.png")


def test_a_tree_is_a_struct_that_the_panel_is_sent() -> None:
    tree = parse("e.html", KINDS["estimator.html"])
    assert isinstance(tree, EstimatorTree)
    assert tree.root.params == []
