"""Which cell is which, and what changed in it in a few words."""

import random

import pytest

from jupyter_mltrack.query.diff.alignment import Item, align
from jupyter_mltrack.query.diff.phrases import describe_change


def items(*cells: str) -> list[Item]:
    """``id:source`` each; ids with a # before are text."""
    made = []
    for cell in cells:
        cell_id, _, source = cell.partition(":")
        kind = "markdown" if cell_id.startswith("#") else "code"
        made.append(Item(cell_id=cell_id, cell_type=kind, source=source))
    return made


def paired(base: list[Item], run: list[Item]) -> list[tuple[int | None, int | None, bool]]:
    return [(pair.base, pair.run, pair.moved) for pair in align(base, run)]


@pytest.mark.parametrize(
    ("base", "run", "expected"),
    [
        (["a:x", "b:y"], ["a:x", "b:y"], [(0, 0, False), (1, 1, False)]),
        (["a:x = 1", "b:y"], ["b:y", "a:x = 2"], [(1, 0, False), (0, 1, True)]),
        (["a:x", "b:y"], ["b:y"], [(0, None, False), (1, 0, False)]),
        (["a:x"], ["n:new", "a:x"], [(None, 0, False), (0, 1, False)]),
        (["a:fit(X, y, depth=4)"], ["q:fit(X, y, depth=8)"], [(0, 0, False)]),
        (["a:fit(X, y, depth=4)"], ["q:import numpy"], [(None, 0, False), (0, None, False)]),
        (["a:same  \n"], ["q:\nsame"], [(0, 0, False)]),
        (["x-1:import a"], ["x-1:print(9)", "x-2:import a"], [(None, 0, False), (0, 1, False)]),
        (["#a:the same words"], ["b:the same words"], [(None, 0, False), (0, None, False)]),
        (["a:x", "b:y", "a:x"], ["a:x", "b:y", "a:x"], [(n, n, False) for n in range(3)]),
        ([], [], []),
    ],
)
def test_cells_are_paired(
    base: list[str], run: list[str], expected: list[tuple[int | None, int | None, bool]]
) -> None:
    assert paired(items(*base), items(*run)) == expected


def test_the_likest_is_the_one() -> None:
    base = items("a:model = Forest(depth=4).fit(X)", "b:model = Forest(depth=4, trees=9).fit(X)")
    run = items("p:model = Forest(depth=5, trees=9).fit(X)", "q:model = Forest(depth=5).fit(X)")
    assert paired(base, run) == [(1, 0, False), (0, 1, True)]


@pytest.mark.parametrize("seed", range(30))
def test_every_cell_is_in_one_pair_and_anchors_keep_their_order(seed: int) -> None:
    draw = random.Random(seed)
    base = items(*[f"c{n}:x{n} = {n}" for n in range(draw.randrange(12))])
    run = [item for item in base if draw.random() < 0.7]
    draw.shuffle(run)
    run += items(*[f"n{n}:new(cell, {n})" for n in range(draw.randrange(4))])
    pairs = align(base, run)
    assert sorted(p.base for p in pairs if p.base is not None) == list(range(len(base)))
    assert [p.run for p in pairs if p.run is not None] == list(range(len(run)))
    kept = [p.base for p in pairs if p.base is not None and p.run is not None and not p.moved]
    assert kept == sorted(kept)


@pytest.mark.parametrize(
    ("old", "new", "phrases"),
    [
        ("fit(X, max_depth=4)", "fit(X, max_depth=8)", ["max_depth 4 → 8"]),
        ("m = T(depth=4).fit(X)", "m = T(depth=None).fit(X)", ["depth 4 → None"]),
        ("depth = 4", "depth = 8  # more", ["depth 4 → 8"]),
        ("depth = 4", "depth = 4  # more\n", ["comments or layout alone"]),
        ("f(\n 1)", "f(1)", ["comments or layout alone"]),
        ("p = {'lr': 0.1, 'k': 1}", "p = {'lr': 0.2, 'j': 2}",
         ["lr 0.1 → 0.2", "k=1 removed", "j=2 added"]),
        ("Ridge(alpha=1).fit(X)", "Lasso(alpha=1).fit(X)", ["Ridge → Lasso"]),
        ("df.head(5)", "df.head(10)", ["head 5 → 10"]),
        ("if a < 5:\n    x()", "if a <= 5:\n    x()", ["a < 5 → a <= 5"]),
        ("for i in range(3):\n    f(i)", "for i in range(4):\n    f(i)\n    g(i)",
         ["range 3 → 4", "g(i) added"]),
        ("x = 1", "x = 1\nimport b", ["import b added"]),
        ("x = 1", "x = 2\n" + "y" * 60 + " = 3", ["x 1 → 2", "more"]),
        ("a = 1; b = 1; c = 1; d = 1; e = 1", "a = 2; b = 2; c = 2; d = 2; e = 2",
         ["a 1 → 2", "b 1 → 2", "c 1 → 2", "d 1 → 2", "more"]),
        ("def broken(", "x = 1", []),
        ("%matplotlib inline\nx = 1", "x = 1", []),
        ("x = 'a long text of many words'", "x = 'another long text of many words'", []),
    ],
)  # fmt: skip
def test_a_change_in_few_words(old: str, new: str, phrases: list[str]) -> None:
    assert describe_change(old, new) == phrases


@pytest.mark.timeout(60)
def test_large_notebooks_without_common_ids_are_aligned_in_time() -> None:
    draw = random.Random(0)
    words = [f"w{n}" for n in range(200)]
    sources = ["\n".join(" ".join(draw.choices(words, k=8)) for _ in range(15)) for _ in range(300)]
    base = [Item(cell_id=f"a{n}", cell_type="code", source=s) for n, s in enumerate(sources)]
    run = [Item(cell_id=f"b{n}", cell_type="code", source=s + "\n1") for n, s in enumerate(sources)]
    assert paired(base, run) == [(n, n, False) for n in range(300)]
    long = "\n".join(f"x{n} = {n}" for n in range(3000))
    assert describe_change(long, long.replace(" = ", " = 1") + "\ny = 1")[-1:] in (["more"], [])
