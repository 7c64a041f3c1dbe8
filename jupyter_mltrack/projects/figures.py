"""The pictures of a run beside those of its rerun: by content, then by likeness."""

import io
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from jupyter_mltrack.entities import CellExecution
from jupyter_mltrack.entities.rerun_views import FigureCheckView
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.projects.metrics import DIFFERS, MISSING, SAME
from jupyter_mltrack.projects.pairing import Pairing
from jupyter_mltrack.query.cells import title_of
from jupyter_mltrack.store.contract import ReadStore

SIMILAR: Final = "similar"
MAX_DIFFERENCE: Final = 0.08
"""Up to which pictures are called similar: more than other font hinting or anti-aliasing changes in
a block, less than a line of a plot that moved out of it."""
BLOCK: Final = 8
MAX_PIXELS: Final = 50_000_000
_MEASURED: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_PREFERRED: Final = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/svg+xml")


class _Picture(msgspec.Struct, frozen=True):
    title: str
    media_type: str
    digest: str


def check_figures(
    store: ReadStore, run_id: str, new_run_id: str, pairing: Pairing
) -> list[FigureCheckView]:
    """Each picture of the original run: those its cells showed, and those logged as files.

    Of each cell they are compared in the order shown; files by their path.
    """
    again = {
        original.execution_id: cell
        for cell in store.list_run_cells(new_run_id)
        if (original := pairing.find_execution(cell)) is not None
    }
    checks: list[FigureCheckView] = []
    for cell in store.list_run_cells(run_id):
        old = _shown(store, cell)
        new = _shown(store, again[cell.execution_id]) if cell.execution_id in again else []
        checks += _check_all(store, old, new)
    logged = _logged(store, new_run_id)
    for path, picture in _logged(store, run_id).items():
        checks += _check_all(store, [picture], [logged[path]] if path in logged else [])
    return checks


def _shown(store: ReadStore, cell: CellExecution) -> list[_Picture]:
    pictures: dict[str, _Picture] = {}
    for output in store.list_outputs(cell.execution_id):
        media_type = next((one for one in _PREFERRED if one in output.blobs), "")
        if media_type:
            # A figure as the last expression is shown twice.
            digest = output.blobs[media_type]
            pictures.setdefault(digest, _Picture(title_of(cell.source), media_type, digest))
    return list(pictures.values())


def _logged(store: ReadStore, run_id: str) -> dict[str, _Picture]:
    return {
        one.path: _Picture(one.path, one.media_type, one.digest)
        for one in store.list_artifacts(run_id)
        if one.media_type in _PREFERRED
    }


def _check_all(
    store: ReadStore, old: Sequence[_Picture], new: Sequence[_Picture]
) -> list[FigureCheckView]:
    return [
        _check(store, picture, new[number] if number < len(new) else None)
        for number, picture in enumerate(old)
    ]


def _check(store: ReadStore, old: _Picture, new: _Picture | None) -> FigureCheckView:
    status, difference = MISSING, None
    if new is not None and new.digest == old.digest:
        status, difference = SAME, 0.0
    elif new is not None:
        difference = _difference(store, old, new)
        is_like = difference is not None and difference <= MAX_DIFFERENCE
        status = SIMILAR if is_like else DIFFERS
    return FigureCheckView(
        title=old.title,
        status=status,
        difference=difference,
        original_digest=old.digest,
        rerun_digest=new.digest if new else "",
    )


def _difference(store: ReadStore, old: _Picture, new: _Picture) -> float | None:
    if old.media_type not in _MEASURED or new.media_type not in _MEASURED:
        return None
    try:
        return measure_difference(store.read_blob(old.digest), store.read_blob(new.digest))
    except ResourceDoesNotExist:
        return None


def measure_difference(old: bytes, new: bytes) -> float | None:
    """The greatest difference of the mean colour of any block of 8 x 8 pixels, from 0 to 1.

    None when the pictures are of different sizes, too large, or no pictures.
    """
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(old)) as first, Image.open(io.BytesIO(new)) as second:
            if first.size != second.size or first.width * first.height > MAX_PIXELS:
                return None
            one, other = (_channels(np.asarray(image.convert("RGBA"))) for image in (first, second))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return float(np.abs(_block_means(one - other)).max())


def _block_means(values: Any) -> Any:
    import numpy as np

    height, width, channels = values.shape
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)
    padding = ((0, rows * BLOCK - height), (0, columns * BLOCK - width), (0, 0))
    blocks = np.pad(values, padding).reshape(rows, BLOCK, columns, BLOCK, channels)
    return blocks.mean(axis=(1, 3))


def _channels(pixels: Any) -> Any:
    """Colours as seen on white, 0 to 1: what a transparent pixel's colour is does not matter."""
    import numpy as np

    values = np.asarray(pixels, dtype=np.float32) / 255
    alpha = values[..., 3:]
    return values[..., :3] * alpha + (1 - alpha)
