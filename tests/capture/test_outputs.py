"""Messages fold into what a front end would show."""

from typing import Any

import pytest

from jupyter_mltrack.capture.outputs import (
    MAX_OUTPUTS,
    MAX_STREAM_CHARACTERS,
    PIECE_CHARACTERS,
    OutputFold,
)

PNG = {"image/png": "aGVsbG8=", "text/plain": "<Figure>"}


def stream(text: str, name: str = "stdout") -> tuple[str, dict[str, Any]]:
    return "stream", {"name": name, "text": text}


def display(data: Any, display_id: str = "", kind: str = "display_data") -> tuple[str, Any]:
    return kind, {"data": data, "metadata": {}, "transient": {"display_id": display_id}}


def fold(*messages: tuple[str, Any]) -> OutputFold:
    folded = OutputFold()
    for kind, content in messages:
        folded.add(kind, content)
    return folded


def texts(folded: OutputFold) -> list[str]:
    return [piece.data["text/plain"] for piece in folded.pieces]


def test_consecutive_text_of_a_stream_is_one_output():
    folded = fold(stream("a\n"), stream("b\n"), stream("c\n", "stderr"), stream("d\n"))
    assert texts(folded) == ["a\nb\n", "c\n", "d\n"]


@pytest.mark.parametrize(
    ("chunks", "shown"),
    [
        (["10%\r", "50%\r", "100%\n", "done\n"], "100%\ndone\n"),
        (["abcdef\rxy\n"], "xycdef\n"),
        (["line\r", "\nnext\n"], "line\nnext\n"),
        (["windows\r\n"], "windows\n"),
        (["kept\nover\rwrit\n"], "kept\nwrit\n"),
    ],
)
def test_carriage_return_overwrites_the_line(chunks, shown):
    assert texts(fold(*map(stream, chunks))) == [shown]


def test_text_beyond_the_cap_is_counted():
    folded = fold(stream("x" * (MAX_STREAM_CHARACTERS - 1)), stream("yyy"), stream("zz"))
    assert sum(len(text) for text in texts(folded)) == MAX_STREAM_CHARACTERS
    assert sum(piece.truncated for piece in folded.pieces) == 4


def test_long_text_is_kept_in_pieces():
    folded = fold(*[stream("x" * 1000)] * 100)
    assert "".join(texts(folded)) == "x" * 100_000
    assert all(len(text) < PIECE_CHARACTERS + 1000 for text in texts(folded))


def test_same_figure_twice_is_one_output():
    folded = fold(display(PNG, kind="execute_result"), display(PNG))
    assert [piece.output_type for piece in folded.pieces] == ["execute_result"]


def test_same_figure_under_a_display_id_stays():
    folded = fold(display(PNG), display(PNG, "later"), display({"text/plain": "x"}, "later"))
    assert len(folded.pieces) == 3


def test_update_replaces_every_display_of_its_id():
    folded = fold(display({"text/plain": "1"}, "a"), stream("between\n"))
    folded.changed.clear()
    folded.add(*display({"text/plain": "2"}, "a", "update_display_data"))
    assert texts(folded) == ["2", "between\n"]
    assert folded.changed == {0}
    assert not folded.update("unknown", {})


def test_clear_now_and_clear_at_the_next_output():
    folded = fold(stream("old\n"), ("clear_output", {"wait": True}))
    assert texts(folded) == ["old\n"]
    folded.add(*stream("new\n"))
    assert texts(folded) == ["new\n"]
    folded.add("clear_output", {"wait": False})
    assert texts(folded) == []
    assert folded.epoch == 2


def test_values_of_a_bundle_become_text():
    data = {
        "image/png": b"\x00\x01",
        "application/json": {"a": [1, float("nan"), None]},
        "text/html": ["<p>", "</p>"],
        "application/x+json": ["a"],
        "text/plain": "t",
    }
    (piece,) = fold(display(data)).pieces
    assert piece.data == {
        "image/png": "AAE=",
        "application/json": '{"a":[1,null,null]}',
        "text/html": "<p></p>",
        "application/x+json": '["a"]',
        "text/plain": "t",
    }


def test_outputs_without_end_are_capped_but_an_error_is_kept():
    folded = fold(*[display({"text/plain": "x"})] * (MAX_OUTPUTS + 5))
    assert len(folded.pieces) == MAX_OUTPUTS
    assert folded.pieces[-1].truncated == 5
    folded.add("error", {"ename": "E", "evalue": "v", "traceback": ["one", "two"]})
    assert folded.pieces[-1].data["text/plain"] == "one\ntwo"


def test_sealed_fold_takes_late_text_and_updates():
    folded = fold(stream("early\n"), display({"text/plain": "0"}, "bar"))
    folded.changed.clear()
    folded.seal()
    folded.add(*stream("late\n"))
    folded.add(*display({"text/plain": "1"}, "bar", "update_display_data"))
    assert folded.changed == {1, 2}
    assert folded.pieces[1].data == {"text/plain": "1"}


def test_redaction_leaves_pictures_alone():
    (piece,) = fold(display(PNG)).pieces
    output = piece.to_output(lambda text: text.upper())
    assert output.data == {"image/png": "aGVsbG8=", "text/plain": "<FIGURE>"}
