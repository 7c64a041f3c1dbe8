"""Write the JSON schema of the views, from which the TypeScript types are made.

``python scripts/schema.py`` writes ``src/api/schema.json``; ``jlpm types`` runs it and then
``types.mjs``. The schema is also what the inline renderer checks its data against.
"""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mltrack.entities import diff_views, lineage_views, rerun_views, views

MODULES = (views, rerun_views, diff_views, lineage_views)
TARGET = Path(__file__).parent.parent / "src" / "api" / "schema.json"


def structs() -> list[type]:
    """Every view, in the order of the modules."""
    classes = [c for module in MODULES for c in vars(module).values() if inspect.isclass(c)]
    return list(dict.fromkeys(c for c in classes if issubclass(c, views.View) and c is not views.View))


def schema() -> str:
    """Return the schema of all views as JSON text."""
    _, components = msgspec.json.schema_components(structs(), ref_template="#/$defs/{name}")
    return json.dumps({"$defs": tidy(components)}, indent=1, sort_keys=True) + "\n"


def tidy(node: Any) -> Any:
    """Drop the titles, which repeat the names (a field may be called title), and RST's markup."""
    if isinstance(node, dict):
        kept = {k: v for k, v in node.items() if k != "title" or not isinstance(v, str)}
        return {key: tidy(value) for key, value in kept.items()}
    if isinstance(node, list):
        return [tidy(item) for item in node]
    return re.sub(r"``", "`", node) if isinstance(node, str) else node


if __name__ == "__main__":
    TARGET.write_text(schema(), encoding="utf-8")
