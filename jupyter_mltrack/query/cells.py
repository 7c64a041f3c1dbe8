"""Cell executions as they are shown."""

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from jupyter_mltrack.entities import CellExecution
from jupyter_mltrack.entities.views import CellDetailView, CellView, PlotView
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.store.contract import ReadStore, StoredOutput

MAX_TITLE = 80
_BINARY = ("image/", "audio/", "video/", "application/pdf")


def to_cell_view(cell: CellExecution) -> CellView:
    """A cell execution as the heading of its runs."""
    return CellView(
        execution_id=cell.execution_id,
        session_id=cell.session_id,
        cell_id=cell.cell_id,
        execution_count=cell.execution_count,
        title=title_of(cell.source),
        start_time=cell.start_time,
        end_time=cell.end_time,
        outcome=cell.outcome,
        notebook_path=cell.notebook_path,
        revision=cell.revision,
    )


def title_of(source: str) -> str:
    """The first telling line of a cell: a comment's text, else the first line of code."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    comments = [line.lstrip("#% ").strip() for line in lines[:1] if line.startswith("#")]
    telling = [line for line in lines if not line.startswith(("%", "import ", "from ", "#"))]
    title = next(iter([text for text in comments if text] + telling + lines), "")
    return title if len(title) <= MAX_TITLE else title[: MAX_TITLE - 1] + "…"


def get_cell_views(store: ReadStore, execution_ids: Iterable[str]) -> dict[str, CellView]:
    """Views of cell executions by id; unknown ids are left out."""
    wanted = list(dict.fromkeys(key for key in execution_ids if key))
    cells = store.list_cell_executions(wanted) if wanted else []
    return {cell.execution_id: to_cell_view(cell) for cell in cells}


def get_cell_detail(store: ReadStore, cell: CellExecution) -> CellDetailView:
    """A cell execution with its source and outputs."""
    outputs = [
        to_nbformat_output(store, output) for output in store.list_outputs(cell.execution_id)
    ]
    return CellDetailView(cell=to_cell_view(cell), source=cell.source, outputs=outputs)


def to_nbformat_output(
    store: ReadStore, output: StoredOutput, execution_count: int | None = None
) -> dict[str, Any]:
    """An output as nbformat 4 writes it."""
    data: dict[str, Any] = dict(output.data)
    for media_type, digest in output.blobs.items():
        data[media_type] = _blob_text(store, media_type, digest)
    data = {kind: _json_value(kind, text) for kind, text in data.items()}
    if output.output_type == "stream":
        text = _with_what_is_missing(data.get("text/plain", ""), output.truncated)
        return {"output_type": "stream", "name": output.name or "stdout", "text": text}
    if output.output_type == "error":
        traceback = data.get("text/plain", "")
        value = data.get("application/vnd.jupyter-mltrack.error", "")
        lines = _with_what_is_missing(traceback, output.truncated).rstrip("\n").split("\n")
        return {
            "output_type": "error",
            "ename": output.name,
            "evalue": value,
            "traceback": lines,
        }
    shown: dict[str, Any] = {"output_type": output.output_type, "data": data, "metadata": {}}
    if output.truncated:
        shown["metadata"] = {"jupyter_mltrack": {"truncated": output.truncated}}
        text = data.get("text/plain", "")
        data["text/plain"] = _with_what_is_missing(text, output.truncated)
    if output.output_type == "execute_result":
        shown["execution_count"] = execution_count
    return shown


def _with_what_is_missing(text: str, truncated: int) -> str:
    if not truncated:
        return text
    line_break = "" if not text or text.endswith("\n") else "\n"
    return f"{text}{line_break}[mltrack: {truncated:,} more characters were shown, not stored]\n"


def get_cell_plots(store: ReadStore, cells: Sequence[CellExecution]) -> list[PlotView]:
    """Pictures that cells showed, each content once."""
    plots: dict[str, PlotView] = {}
    for cell in cells:
        for output in store.list_outputs(cell.execution_id):
            for media_type, digest in output.blobs.items():
                if media_type.startswith("image/") and digest not in plots:
                    plots[digest] = PlotView(
                        digest=digest,
                        media_type=media_type,
                        title=title_of(cell.source),
                        artifact_path="",
                        execution_id=cell.execution_id,
                    )
    return list(plots.values())


def _json_value(media_type: str, text: str) -> Any:
    """JSON as a value, as front ends draw it (plotly, altair); it is kept as text."""
    if not media_type.endswith("json"):
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return text


def _blob_text(store: ReadStore, media_type: str, digest: str) -> str:
    try:
        content = store.read_blob(digest)
    except ResourceDoesNotExist:
        return ""
    if media_type.startswith(_BINARY) and media_type != "image/svg+xml":
        return base64.b64encode(content).decode()
    return content.decode("utf-8", "replace")
