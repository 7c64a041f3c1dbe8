"""No file grows into the big one, no function into a chapter."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAX_LINES = 400
MAX_FUNCTION_LINES = 40


def sources() -> list[Path]:
    return [
        path
        for path in sorted((ROOT / "jupyter_mltrack").rglob("*.py"))
        if "migrations" not in path.parts
    ]


def test_files_are_short() -> None:
    scripts = [
        path
        for suffix in ("*.ts", "*.tsx")
        for path in (ROOT / "labextension" / "src").rglob(suffix)
        if path.name != "types.ts"  # generated
    ]
    long = [
        f"{path.relative_to(ROOT)}: {count}"
        for path in (*sources(), *scripts)
        if (count := len(path.read_text().splitlines())) > MAX_LINES
    ]
    assert long == []


def test_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert long == []
