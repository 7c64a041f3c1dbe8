"""``export``, ``load``."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

from jupyter_mltrack.errors import InvalidParameterValue, ResourceAlreadyExists
from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import Parser


def _run_argument(parser: Parser) -> None:
    names = "an id or its beginning, a name, last, best:METRIC"
    parser.add_argument("run", nargs="*", default=["last"], help=names)


def _export_arguments(parser: Parser) -> None:
    _run_argument(parser)
    parser.add_argument("-o", "--output", metavar="PATH", help="file or directory (else: here)")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def _export(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.query.export import export_notebook, notebook_name

    with context.reading() as store:
        (run_id,) = context.resolve(store, [" ".join(map(str, given.run))])
        notebook = export_notebook(store, run_id)
        name = notebook_name(store, run_id)
    path = _destination(given.output, name)
    if path.exists() and not given.force:
        raise ResourceAlreadyExists(f"{path} is there already. Write over it: --force")
    try:
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise InvalidParameterValue(f"Cannot write {path}: {error.strerror or error}.") from error
    count = sum(cell["cell_type"] == "code" for cell in notebook["cells"])
    context.say(f"Wrote {path}: {count} code cells as they ran.")


def _destination(output: str | None, name: str) -> Path:
    if not output:
        return Path(name)
    path = Path(output).expanduser()
    return path / name if path.is_dir() or str(output).endswith(("/", "\\")) else path


def _load_arguments(parser: Parser) -> None:
    _run_argument(parser)
    parser.add_argument("--name", default="model", help="which model of the run (model)")


def _load(context: Context, given: Namespace) -> Any:
    from jupyter_mltrack.models.loading import load_model

    with context.reading() as store:
        (run_id,) = context.resolve(store, [" ".join(map(str, given.run))])
    return load_model(run_id, str(given.name))


COMMANDS: Final = (
    Command(
        name="export",
        usage="export [RUN] [-o PATH]",
        summary="Write the notebook of a run, as it ran, to a file.",
        run=_export,
        add_arguments=_export_arguments,
        examples=("%mltrack export best:accuracy", "%mltrack export last -o out/"),
        completes="run",
    ),
    Command(
        name="load",
        usage="load [RUN]",
        summary="Load the model of a run: model = %mltrack load best:accuracy",
        run=_load,
        add_arguments=_load_arguments,
        examples=("model = %mltrack load best:accuracy",),
        completes="run",
    ),
)
