"""The TypeScript side knows the same structs as the Python side."""

import hashlib
import subprocess
import sys
from pathlib import Path

LABEXTENSION = Path(__file__).parents[2] / "labextension"
API = LABEXTENSION / "src" / "api"
STALE = "stale: run `jlpm types` in labextension/"


def test_the_schema_is_that_of_the_views() -> None:
    script = "import schema; print(schema.schema(), end='')"
    written = subprocess.run(
        [sys.executable, "-c", script],
        cwd=LABEXTENSION / "scripts",
        env={"PYTHONPATH": str(LABEXTENSION.parent)},
        capture_output=True,
        check=True,
    ).stdout
    assert written == (API / "schema.json").read_bytes(), STALE


def test_the_types_are_made_from_the_schema() -> None:
    digest = hashlib.sha256((API / "schema.json").read_bytes()).hexdigest()
    assert digest in (API / "types.ts").read_text(encoding="utf-8"), STALE
