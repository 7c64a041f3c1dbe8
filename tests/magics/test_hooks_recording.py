"""What is written at once, what waits, and that the last state always gets there."""

import threading
import time
from typing import Any

import pytest

from jupyter_mltrack.capture.outputs import PIECE_CHARACTERS
from jupyter_mltrack.magics.recording import Background, CellRecorder
from tests.magics.kernels import wait_until


class Journal:
    """Stands for a cell under way: remembers what was written and by which thread."""

    def __init__(self) -> None:
        self.shown: dict[int, Any] = {}
        self.writes = 0
        self.threads: set[str] = set()
        self.clears = 0

    def add_output(self, output: Any, position: int) -> int:
        self.shown[position] = output
        self.writes += 1
        self.threads.add(threading.current_thread().name)
        return position

    def clear_outputs(self) -> None:
        self.shown.clear()
        self.clears += 1

    def texts(self) -> list[str]:
        return [self.shown[position].data["text/plain"] for position in sorted(self.shown)]


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def recorder(journal: Journal) -> CellRecorder:
    return CellRecorder(journal, lambda text: text, Background())  # type: ignore[arg-type]


def show(recorder: CellRecorder, text: str, display_id: str = "") -> None:
    content = {"data": {"text/plain": text}, "transient": {"display_id": display_id}}
    recorder.receive("display_data", content)


def write(recorder: CellRecorder, text: str) -> None:
    recorder.receive("stream", {"name": "stdout", "text": text})


def test_new_output_is_written_at_once(recorder, journal):
    show(recorder, "a")
    write(recorder, "b\n")
    assert journal.texts() == ["a", "b\n"]


def test_growing_text_is_written_when_the_cell_ends(recorder, journal):
    for number in range(100):
        write(recorder, f"{number}\n")
    assert journal.writes == 1
    recorder.finish()
    assert journal.writes == 2
    assert journal.texts() == ["".join(f"{number}\n" for number in range(100))]


def test_growing_text_is_written_within_seconds_without_an_end(recorder, journal):
    write(recorder, "one\n")
    write(recorder, "two\n")
    wait_until(lambda: journal.texts() == ["one\ntwo\n"], 5)


def test_late_text_is_written_at_once(recorder, journal):
    write(recorder, "early\n")
    recorder.finish()
    write(recorder, "late\n")
    assert journal.texts() == ["early\nlate\n"]
    recorder.seal()
    write(recorder, "later\n")
    assert journal.texts() == ["early\nlate\n", "later\n"]


def test_live_plot_is_written_rarely_and_its_last_state_surely(recorder, journal):
    for number in range(500):
        recorder.receive("clear_output", {"wait": True})
        show(recorder, str(number))
    recorder.finish()
    assert journal.texts() == ["499"]
    assert journal.writes < 5


def test_outputs_before_a_clear_are_gone(recorder, journal):
    for name in "abc":
        show(recorder, name)
    recorder.receive("clear_output", {})
    show(recorder, "only")
    recorder.finish()
    assert journal.texts() == ["only"]
    assert journal.clears == 1


def test_large_output_is_written_by_another_thread(recorder, journal):
    show(recorder, "x" * 1_000_000)
    assert journal.writes == 0
    wait_until(lambda: journal.writes == 1)
    assert journal.threads == {"mltrack-output"}


def test_slow_write_never_replaces_what_is_newer(journal):
    def redact(text: str) -> str:
        time.sleep(0.3 if text.startswith("old") else 0)
        return text

    background = Background()
    recorder = CellRecorder(journal, redact, background)  # type: ignore[arg-type]
    show(recorder, "old" + "x" * 100_000, "d")
    time.sleep(0.1)
    recorder.receive_update("d", {"text/plain": "new"})
    recorder.finish()
    assert journal.texts() == ["new"]
    background.finish()
    assert journal.texts() == ["new"]


def test_output_cleared_while_it_was_being_written_stays_gone(journal):
    def redact(text: str) -> str:
        time.sleep(0.2 if len(text) > 1000 else 0)
        return text

    background = Background()
    recorder = CellRecorder(journal, redact, background)  # type: ignore[arg-type]
    show(recorder, "small")
    show(recorder, "x" * 100_000)
    time.sleep(0.1)
    recorder.receive("clear_output", {})
    recorder.finish()
    background.finish()
    assert journal.texts() == []


def test_finish_of_the_background_writes_what_waits(journal):
    background = Background()
    recorder = CellRecorder(journal, lambda text: text, background)  # type: ignore[arg-type]
    write(recorder, "one\n")
    write(recorder, "two\n")
    background.finish()
    assert journal.texts() == ["one\ntwo\n"]


def test_endless_text_costs_what_it_is_long(journal):
    background = Background()
    written = []

    def redact(text: str) -> str:
        written.append(len(text))
        return text

    recorder = CellRecorder(journal, redact, background)  # type: ignore[arg-type]
    for _ in range(2000):
        write(recorder, "x" * 250)
    recorder.finish()
    background.finish()
    assert len("".join(journal.texts())) == 500_000
    assert sum(written) < 3 * 500_000
    assert all(len(text) < PIECE_CHARACTERS + 250 for text in journal.texts())


def test_updates_wait_while_new_outputs_are_written(recorder, journal):
    show(recorder, "bar 0", "bar")
    for number in range(50):
        show(recorder, f"new {number}")
        recorder.receive_update("bar", {"text/plain": f"bar {number}"})
    assert journal.writes == 51
    recorder.finish()
    assert journal.writes == 52
    assert journal.texts()[0] == "bar 49"
