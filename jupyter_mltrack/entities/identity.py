"""Which notebook it is, whatever its file is called."""

import msgspec


class NotebookSketch(msgspec.Struct, frozen=True, kw_only=True):
    """By what a notebook is recognised: marks of its cells' ids, and of their sources.

    A mark is the beginning of a digest. Ids go with a file that is moved or copied; a file of
    before nbformat 4.5 has none, and an upgrade gives each cell a new one.
    """

    ids: list[str] = []
    sources: list[str] = []


class Notebook(msgspec.Struct, frozen=True, kw_only=True):
    """A notebook, and where it was seen last.

    ``path`` is spelled as runs and cells have it. ``file`` is the absolute path on ``host``, empty
    where no file was found. ``copied_from`` is the id of the notebook it was copied from. Times are
    milliseconds.
    """

    notebook_id: str
    path: str
    file: str = ""
    host: str = ""
    sketch: NotebookSketch = msgspec.field(default_factory=NotebookSketch)
    copied_from: str = ""
    first_seen: int = 0
    last_seen: int = 0
