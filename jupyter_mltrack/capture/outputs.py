"""How the messages of a cell fold into what the cell shows.

A front end appends displays, merges consecutive stream text, replaces a display by its id and
honours ``clear_output``; :class:`OutputFold` does the same, so that ten thousand updates of a
progress bar are one output. Positions count from 0 and start again when the outputs are
cleared. Not thread-safe.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from jupyter_mltrack.entities import Output

MAX_STREAM_CHARACTERS: Final = 1_000_000
"""Stream text kept of one cell; what comes after is counted in ``truncated``."""
PIECE_CHARACTERS: Final = 32_768
"""Long stream text is kept as consecutive outputs of this size, so that adding a line never means
writing a megabyte again."""
MAX_OUTPUTS: Final = 1000
MAX_BUNDLE_CHARACTERS: Final = 64 << 20

MESSAGE_TYPES: Final = frozenset(
    {"stream", "display_data", "execute_result", "update_display_data", "error", "clear_output"}
)


class Piece(msgspec.Struct):
    """One output as it stands; ``data`` holds text only. Its place in the list is its position."""

    output_type: str
    data: dict[str, str]
    name: str = ""
    display_id: str = ""
    truncated: int = 0
    size: int = 0
    version: int = 0

    def to_output(self, redact: Callable[[str], str]) -> Output:
        """The entity to store, its text free of secrets."""
        data = {mime: redact(text) if is_text(mime) else text for mime, text in self.data.items()}
        return Output(
            output_type=self.output_type,
            data=data,
            name=self.name,
            display_id=self.display_id,
            truncated=self.truncated,
        )


class OutputFold:
    """What one cell shows, folded message by message.

    ``changed`` collects the positions touched; who stores the outputs empties it. ``epoch`` counts
    how often everything was cleared, and a piece's ``version`` grows whenever it changes.
    """

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.changed: set[int] = set()
        self.epoch = 0
        self._clear_next = False
        self._images: set[str] = set()
        self._stream_characters = 0
        self._version = 0

    def add(self, message_type: str, content: Mapping[str, Any]) -> None:
        """Fold in the content of a message of one of :data:`MESSAGE_TYPES`."""
        if message_type == "clear_output":
            if content.get("wait"):
                self._clear_next = True
            else:
                self._clear()
            return
        if message_type == "update_display_data":
            self.update(_display_id(content), content.get("data") or {})
            return
        if self._clear_next:
            self._clear()
        if message_type == "stream":
            self._add_stream(str(content.get("name", "stdout")), str(content.get("text", "")))
        elif message_type == "error":
            self._append(error_piece(content))
        else:
            self._add_display(message_type, content)

    def update(self, display_id: str, data: Mapping[str, Any]) -> bool:
        """Replace every display with this id; False when the cell shows none."""
        found = False
        for position, piece in enumerate(self.pieces):
            if display_id and piece.display_id == display_id:
                piece.data = bundle_text(data)
                piece.size = _size(piece.data)
                self._touch(position)
                found = True
        return found

    def seal(self) -> None:
        """Let go of what is stored; later text starts a new output, updates still replace."""
        self._images.clear()
        for position, piece in enumerate(self.pieces):
            if position not in self.changed:
                piece.data = {}
                if piece.output_type == "stream":
                    piece.size = PIECE_CHARACTERS

    def _add_display(self, message_type: str, content: Mapping[str, Any]) -> None:
        data = bundle_text(content.get("data") or {})
        display_id = _display_id(content)
        image = next((text for mime, text in data.items() if mime.startswith("image/")), None)
        if image is not None and not display_id:
            # A figure as last expression is published twice: as the result and by the flush.
            if image in self._images:
                return
            self._images.add(image)
        self._append(Piece(message_type, data, display_id=display_id))

    def _add_stream(self, name: str, text: str) -> None:
        room = max(0, MAX_STREAM_CHARACTERS - self._stream_characters)
        kept, dropped = text[:room], max(0, len(text) - room)
        self._stream_characters += len(kept)
        last = self.pieces[-1] if self.pieces else None
        if last is None or last.output_type != "stream" or last.name != name or _is_full(last):
            if not kept and last is not None:
                last.truncated += dropped
                self._touch(len(self.pieces) - 1)
                return
            last = Piece("stream", {"text/plain": ""}, name=name)
            self._append(last)
        last.data["text/plain"] = _overtype(last.data.get("text/plain", ""), kept)
        last.size = len(last.data["text/plain"])
        last.truncated += dropped
        self._touch(len(self.pieces) - 1)

    def _append(self, piece: Piece) -> None:
        if len(self.pieces) >= MAX_OUTPUTS and piece.output_type != "error":
            self.pieces[-1].truncated += _size(piece.data)
            self._touch(len(self.pieces) - 1)
            return
        piece.size = _size(piece.data)
        if piece.size > MAX_BUNDLE_CHARACTERS:
            _shrink(piece)
        self.pieces.append(piece)
        self._touch(len(self.pieces) - 1)

    def _touch(self, position: int) -> None:
        self._version += 1
        self.pieces[position].version = self._version
        self.changed.add(position)

    def _clear(self) -> None:
        self._clear_next = False
        self.epoch += 1
        self.pieces.clear()
        self.changed.clear()
        self._images.clear()
        self._stream_characters = 0


def error_piece(content: Mapping[str, Any]) -> Piece:
    """An ``error`` message as an output: the class in ``name``, the traceback as text."""
    traceback = "\n".join(str(line) for line in content.get("traceback") or ())
    text = traceback or f"{content.get('ename', '')}: {content.get('evalue', '')}"
    return Piece("error", {"text/plain": text}, name=str(content.get("ename", "")))


def bundle_text(data: Mapping[str, Any]) -> dict[str, str]:
    """A MIME bundle with every value as text: bytes in base64, JSON serialised."""
    return {str(mime): _value_text(str(mime), value) for mime, value in data.items()}


def is_text(mime: str) -> bool:
    """Whether values of this type are text that a person could read a secret in."""
    return not mime.startswith(("image/", "audio/", "video/")) or mime == "image/svg+xml"


def _value_text(mime: str, value: Any) -> str:
    if isinstance(value, str):
        # Markup of a template engine is text of a class of its own, which cannot be encoded.
        return value if type(value) is str else str.__str__(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if (
        isinstance(value, list)
        and not mime.endswith("json")
        and all(isinstance(line, str) for line in value)
    ):
        return "".join(value)
    return msgspec.json.encode(value, enc_hook=str).decode()


def _overtype(before: str, text: str) -> str:
    # A carriage return goes back to the start of the line, as a progress bar does.
    if "\r" not in text and not before.endswith("\r"):
        return before + text
    joined = (before + text).replace("\r\n", "\n")
    lines = joined.split("\n")
    for number, line in enumerate(lines):
        if "\r" in line:
            ending = "\r" if line.endswith("\r") else ""
            shown = ""
            for part in line.split("\r"):
                shown = part + shown[len(part) :]
            lines[number] = shown + ending
    return "\n".join(lines)


def _is_full(piece: Piece) -> bool:
    return piece.size >= PIECE_CHARACTERS


def _display_id(content: Mapping[str, Any]) -> str:
    return str((content.get("transient") or {}).get("display_id") or "")


def _size(data: Mapping[str, str]) -> int:
    return sum(len(text) for text in data.values())


def _shrink(piece: Piece) -> None:
    # The smaller representations stay; the largest go until the rest fits.
    for mime in sorted(piece.data, key=lambda mime: len(piece.data[mime]), reverse=True):
        if piece.size <= MAX_BUNDLE_CHARACTERS:
            return
        dropped = len(piece.data.pop(mime))
        piece.size -= dropped
        piece.truncated += dropped
