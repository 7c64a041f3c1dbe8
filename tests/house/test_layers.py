"""The table of rooms in pyproject.toml is what the imports really are."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "jupyter_mltrack"
TABLE = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mltrack"]
GROUND = {"entities", "errors", "settings"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "_version.py")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module, node.lineno
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def rooms_imported(path: Path) -> Iterator[tuple[str, int]]:
    for name, line in imported(path):
        parts = name.split(".")
        if parts[0] == "jupyter_mltrack" and len(parts) > 1 and is_room(parts[1]):
            yield parts[1], line


def is_room(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


def test_every_room_is_in_the_table() -> None:
    rooms = {room_of(path) for path in modules()} - {"__init__"}
    assert rooms == set(TABLE["layers"])


def test_rooms_import_only_what_the_table_allows() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {target}"
        for path in modules()
        if (room := room_of(path)) != "__init__"
        for target, line in rooms_imported(path)
        if target not in {room, *GROUND, *TABLE["layers"][room]}
    ]
    assert wrong == []


def test_the_ground_floor_imports_nothing_of_ours() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        if room_of(path) == "entities"
        for target, line in rooms_imported(path)
        if target != "entities"
    ]
    assert wrong == []


def test_the_table_has_no_cycle() -> None:
    layers: dict[str, list[str]] = TABLE["layers"]

    def walk(room: str, above: tuple[str, ...]) -> None:
        assert room not in above, " -> ".join((*above, room))
        for below in layers[room]:
            walk(below, (*above, room))

    for room in layers:
        walk(room, ())


@pytest.mark.parametrize("package", sorted(TABLE["owners"]))
def test_a_package_is_imported_only_by_its_owners(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules()
        for name, line in imported(path)
        if name.split(".")[0] == package
        and room_of(path) not in {*TABLE["owners"][package], "__init__"}
    ]
    assert wrong == []


HEAVY = {"sqlalchemy", "alembic", "pandas", "numpy", "matplotlib", "sklearn", "lark", "nbformat"}


def test_heavy_packages_load_at_call_time_only() -> None:
    def module_level(path: Path) -> Iterator[tuple[str, int]]:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module, node.lineno

    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name} when loaded"
        for path in modules()
        if "store/sql" not in path.as_posix()  # itself loaded at call time
        for name, line in module_level(path)
        if name.split(".")[0] in HEAVY
    ]
    assert wrong == []
