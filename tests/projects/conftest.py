"""A project of one's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.projects.worlds import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One for the tests of a module that change nothing of it but add."""
    made = Project(tmp_path_factory.mktemp("shared"))
    yield made
    made.store.close()
