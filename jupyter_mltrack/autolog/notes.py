"""What has to be said of an autologged run: quiet text in a tag, never printed."""

import functools
import threading
import weakref
from collections.abc import Iterable
from typing import Final

from jupyter_mltrack.settings import MAX_TAG_LENGTH
from jupyter_mltrack.tracking.active import ActiveRun

NOTES_TAG: Final = "mltrack.autolog.notes"
MAX_NOTE: Final = 500
MAX_OF_A_KIND: Final = 20
"""So that what is said a hundred times leaves room for the rest."""

_mutex: Final = threading.Lock()
_said: Final["weakref.WeakKeyDictionary[ActiveRun, _Notes]"] = weakref.WeakKeyDictionary()


class _Notes:
    """The notes of a run by their kind, in the order they came."""

    def __init__(self) -> None:
        self.by_kind: dict[str, list[str]] = {}
        self.left_out: dict[str, int] = {}

    def add(self, kind: str, text: str) -> bool:
        """Keep a note; False when that changes nothing."""
        text = _clean(text)
        if not text or any(text in known for known in self.by_kind.values()):
            return False
        known = self.by_kind.setdefault(kind, [])
        if len(known) < MAX_OF_A_KIND:
            known.append(text)
        else:
            self.left_out[kind] = self.left_out.get(kind, 0) + 1
        return True

    def text(self) -> str:
        lines: list[str] = []
        for kind, known in self.by_kind.items():
            lines += known
            if self.left_out.get(kind):
                lines.append(f"… and {self.left_out[kind]} more of this kind ({kind}).")
        text = "\n".join(lines)
        return text if len(text) <= MAX_TAG_LENGTH else f"{text[: MAX_TAG_LENGTH - 1]}…"


def add_note(run: ActiveRun, kind: str, text: str) -> None:
    """Say something of a run, open or ended; what was said already is not said again.

    ``kind`` names what the note is about (``models``, ``metrics``, ``drawings``, …): of one kind
    the first :data:`MAX_OF_A_KIND` are kept, and how many more there were is said.
    """
    add_notes(run, kind, [text])


def add_notes(run: ActiveRun, kind: str, texts: Iterable[str]) -> None:
    """Say several things of one kind with one write."""
    with _mutex:
        notes = _said.setdefault(run, _Notes())
        changes = [notes.add(kind, text) for text in texts]
        text = notes.text() if any(changes) else ""
    if text:
        run.set_tags({NOTES_TAG: text})


@functools.lru_cache(maxsize=256)
def _clean(text: str) -> str:
    """A note as one line of at most :data:`MAX_NOTE` characters that a tag can hold."""
    flat = " ".join(text.replace("\0", "\\0").split())
    flat = flat.encode(errors="backslashreplace").decode()
    return flat if len(flat) <= MAX_NOTE else f"{flat[: MAX_NOTE - 1]}…"
