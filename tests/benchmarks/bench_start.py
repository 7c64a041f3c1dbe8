"""What it costs to have us: import, and ``%load_ext`` in an IPython that is up already."""

import json
import time

from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.run_cell("1 + 1", silent=True)

started = time.perf_counter()
import jupyter_mltrack  # noqa: E402, F401

imported = time.perf_counter()
shell.run_line_magic("load_ext", "jupyter_mltrack")
loaded = time.perf_counter()
shell.run_line_magic("mltrack", "start --store store")
on = time.perf_counter()
print(
    json.dumps(
        {
            "import jupyter_mltrack, in a warm IPython (ms)": (imported - started) * 1e3,
            "%load_ext jupyter_mltrack after the import (ms)": (loaded - imported) * 1e3,
            "%mltrack start (ms)": (on - loaded) * 1e3,
        }
    )
)
