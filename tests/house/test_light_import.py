"""Importing the package and loading the extension must cost nearly nothing."""

import pytest

from tests.conftest import run_python

HEAVY = "sqlalchemy alembic pandas numpy matplotlib sklearn scipy lark nbformat jupyter_server"

REPORT = f"""
import sys
{{}}
print([name for name in {HEAVY.split()!r} if name in sys.modules])
"""


@pytest.mark.parametrize(
    "code",
    [
        "import jupyter_mltrack",
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_line_magic('load_ext', 'jupyter_mltrack')",
    ],
    ids=["import", "load_ext"],
)
def test_no_heavy_package_is_loaded(code: str) -> None:
    assert run_python(REPORT.format(code)).strip() == "[]"
