"""Certificates of notebooks that ran in a real kernel, whatever the order."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
import nbformat.v4 as nbf
import pytest

from jupyter_mltrack.entities.lineage_views import CertificateView
from jupyter_mltrack.query.certificate import get_certificate
from jupyter_mltrack.query.runs import resolve_run
from jupyter_mltrack.store import open_store
from tests.magics.kernels import Kernel, open_kernel

START = "%load_ext jupyter_mltrack\n%mltrack start --no-autolog"
RUN = "%%mltrack run mine\nimport jupyter_mltrack as mltrack\nmltrack.log_metric('m', {})"
FLUSH = "import jupyter_mltrack; assert jupyter_mltrack.flush(20)"


class Session:
    """A notebook in a kernel: cells are written to the file, and run one by one."""

    def __init__(self, kernel: Kernel, path: Path) -> None:
        self.kernel = kernel
        self.path = path
        self.sources: dict[str, str] = {}

    def write(self, **sources: str) -> None:
        """Write cells, by id; those that are there keep their place."""
        self.sources |= sources
        cells = [nbf.new_code_cell(source, id=key) for key, source in self.sources.items()]
        nbformat.write(nbf.new_notebook(cells=cells), self.path)

    def run(self, *cell_ids: str) -> None:
        for cell_id in cell_ids:
            self.kernel.run(self.sources[cell_id], cellId=cell_id)

    def certify(self) -> CertificateView:
        self.kernel.run(FLUSH, silent=True)
        with_store = open_store(os.environ["MLTRACK_STORE"])
        try:
            return get_certificate(with_store, resolve_run(with_store, "last"))
        finally:
            with_store.close()


@pytest.fixture
def session(store_path: Path, tmp_path: Path) -> Iterator[Session]:
    path = tmp_path / "work.ipynb"
    nbformat.write(nbf.new_notebook(), path)
    with open_kernel(store_path, tmp_path, drains=True, MLTRACK_NOTEBOOK=str(path)) as kernel:
        yield Session(kernel, path)


def kinds(certificate: CertificateView) -> Sequence[str]:
    return [reason.kind for reason in certificate.reasons]


def test_from_top_to_bottom_with_detours(session: Session) -> None:
    session.write(start=START, a="x = 1", p="print(x)", r=RUN.format("x"))
    session.run("start", "a", "p", "a", "p", "r")
    assert session.certify().verdict == "yes"


def test_out_of_order(session: Session) -> None:
    session.write(start=START, a="x = 1", b="x = 2", r=RUN.format("x"))
    session.run("start", "b", "a", "r")
    found = session.certify()
    assert (found.verdict, kinds(found)) == ("no", ["order"])
    assert found.reasons[0].text == (
        "cell [3] (x = 1) ran after cell [2] (x = 2) but stands above it; both set `x`"
    )


def test_edited_after_it_ran(session: Session) -> None:
    session.write(start=START, a="x = 1", r=RUN.format("x"))
    session.run("start", "a")
    session.write(a="x = 5")
    # The file is newer than what ran.
    os.utime(session.path, (2**31, 2**31))
    session.run("r")
    found = session.certify()
    assert (found.verdict, kinds(found)) == ("no", ["edited"])


def test_deleted_after_it_ran(session: Session) -> None:
    session.write(start=START, a="x = 1", r=RUN.format("x"))
    session.run("start", "a")
    del session.sources["a"]
    session.write()
    session.run("r")
    found = session.certify()
    assert found.verdict != "yes"
    assert "cell [2] (x = 1)" in found.sentence


def test_hidden_state(session: Session) -> None:
    session.write(start=START, r=RUN.format("x"))
    session.run("start")
    session.kernel.run("x = 1", store_history=False)
    session.run("r")
    found = session.certify()
    assert (found.verdict, kinds(found)) == ("unknown", ["hidden"])
    assert "needs `x`, which nothing in the notebook makes" in found.sentence


def test_a_cell_that_raised_part_of_the_way(session: Session) -> None:
    session.write(start=START, a="x = 1", b="y = 2\n1 / 0\nx = 9", r=RUN.format("x + y"))
    session.run("start", "a", "b", "r")
    found = session.certify()
    assert (found.verdict, kinds(found)) == ("no", ["raised"])
    session.write(b="y = 2\nz = 9")
    session.run("b", "r")
    assert session.certify().verdict == "yes"


def test_before_tracking_began(session: Session) -> None:
    session.write(a="import math\nx = math.pi", start=START, r=RUN.format("x"))
    session.run("a", "start", "r")
    assert session.certify().verdict == "yes"


def test_the_cells_are_shown(session: Session) -> None:
    session.write(start=START, a="x = 1", r=RUN.format("x"))
    session.run("start", "a", "r")
    ((_, content),) = session.kernel.run("%mltrack show mine --cells").shown()
    text = content["data"]["text/plain"]
    assert "The notebook, executed from top to bottom, leads here." in text
    assert [line.split()[0] for line in text.splitlines()[4:]] == ["[2]", "[3]"]
    assert "1 metric: m" in text
    assert "<table" in content["data"]["text/html"]
    ((_, content),) = session.kernel.run("%mltrack show mine").shown()
    assert "leads here" in content["data"]["text/plain"]
    assert "leads here" in content["data"]["text/html"]
