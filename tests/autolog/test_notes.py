"""Notes on a run: merged, said once, bounded."""

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog.notes import MAX_NOTE, MAX_OF_A_KIND, NOTES_TAG, add_note, add_notes
from jupyter_mltrack.settings import MAX_TAG_LENGTH
from jupyter_mltrack.store.contract import Store


def notes_of(store: Store, run_id: str) -> list[str]:
    assert mltrack.flush(20)
    return store.get_run(run_id).data.tags.get(NOTES_TAG, "").splitlines()


def test_notes_add_up_before_and_after_the_run_ended(store: Store) -> None:
    with mltrack.start_run() as run:
        add_note(run, "models", "No model: it cannot be pickled.")
        add_notes(run, "metrics", ["On a part.", "On a part.", ""])
    add_note(run, "metrics", "No model: it cannot be pickled.")
    add_note(run, "metrics", "One more.")
    assert notes_of(store, run.info.run_id) == [
        "No model: it cannot be pickled.",
        "On a part.",
        "One more.",
    ]


def test_each_run_has_its_own(store: Store) -> None:
    with mltrack.start_run() as one:
        add_note(one, "models", "About one.")
    with mltrack.start_run() as other:
        add_note(other, "models", "About the other.")
    assert notes_of(store, one.info.run_id) == ["About one."]
    assert notes_of(store, other.info.run_id) == ["About the other."]


def test_one_kind_leaves_room_for_the_others(store: Store) -> None:
    with mltrack.start_run() as run:
        for number in range(1000):
            add_note(run, "metrics", f"Metric {number} has no value.")
        add_note(run, "models", "Not kept.")
    lines = notes_of(store, run.info.run_id)
    assert len(lines) == MAX_OF_A_KIND + 2
    assert lines[MAX_OF_A_KIND] == f"… and {1000 - MAX_OF_A_KIND} more of this kind (metrics)."
    assert lines[-1] == "Not kept."


def test_hostile_text_is_kept_as_one_short_line(store: Store) -> None:
    with mltrack.start_run() as run:
        add_note(run, "params", "a\0b\nc\ud800" + "x" * 10_000)
        for kind in range(100):
            add_note(run, f"kind {kind}", str(kind) * 400)
    lines = notes_of(store, run.info.run_id)
    assert lines[0].startswith("a\\0b c\\ud800x")
    assert len(lines[0]) == MAX_NOTE
    assert len("\n".join(lines)) == MAX_TAG_LENGTH
