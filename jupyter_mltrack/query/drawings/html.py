"""An estimator as a page: what it is made of, and the params that differ from their defaults.

Self-contained, without scripts; it follows the reader's light or dark theme. Whatever comes from
the run is escaped.
"""

import html
from typing import Final

from jupyter_mltrack.entities.drawings import EstimatorParam, EstimatorPart, EstimatorTree

_STYLE: Final = """
:root{color-scheme:light dark;--fg:#26323a;--muted:#6b7780;--bg:#fff;--card:#f5f8fa;--line:#d3dce2;
--mark:#b35c00;--accent:#0072b2}
@media (prefers-color-scheme:dark){:root{--fg:#e4e9ed;--muted:#9aa7b0;--bg:#16191c;--card:#20252a;
--line:#3b444c;--mark:#ffb05c;--accent:#6cb8e6}}
body{margin:16px;background:var(--bg);color:var(--fg);font:14px/1.5 system-ui,sans-serif}
ul{list-style:none;margin:8px 0 0 18px;padding:0 0 0 14px;border-left:2px solid var(--line)}
li{margin:0 0 8px}
article{border:1px solid var(--line);border-radius:6px;background:var(--card);padding:6px 12px;
display:inline-block;min-width:220px;max-width:100%;box-sizing:border-box}
b{font-weight:600}
.role{color:var(--accent);margin-right:6px}
.module,.detail,.note,summary{color:var(--muted);font-size:12px}
summary{cursor:pointer}
table{border-collapse:collapse;font-size:13px}
th,td{text-align:left;font-weight:400;padding:1px 14px 1px 0;vertical-align:top;
overflow-wrap:anywhere}
code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:12px}
tr.changed th,tr.changed code{color:var(--mark);font-weight:600}
""".replace("\n", "")


def draw_tree(drawing: EstimatorTree) -> bytes:
    """The page of an estimator."""
    title = _escape(drawing.title or drawing.root.estimator)
    note = f'<p class="note">{_escape(drawing.note)}</p>' if drawing.note else ""
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body>{_part(drawing.root)}{note}</body></html>\n"
    )
    return page.encode("utf-8", "replace")


def _part(part: EstimatorPart) -> str:
    role = f'<span class="role">{_escape(part.role)}</span>' if part.role else ""
    detail = f'<div class="detail">{_escape(part.detail)}</div>' if part.detail else ""
    module = f' <span class="module">{_escape(part.module)}</span>' if part.module else ""
    changed = [param for param in part.params if param.changed]
    others = [param for param in part.params if not param.changed]
    head = f"{role}<b>{_escape(part.estimator)}</b>{module}{detail}"
    defaults = ""
    if others:
        word = "param" if len(others) == 1 else "params"
        title = f"{len(others)} {word} as by default"
        defaults = f"<details><summary>{title}</summary>{_table(others)}</details>"
    inner = "".join(f"<li>{_part(one)}</li>" for one in part.parts)
    below = f"<ul>{inner}</ul>" if inner else ""
    return f"<article>{head}{_table(changed)}{defaults}</article>{below}"


def _table(params: list[EstimatorParam]) -> str:
    rows = "".join(
        f'<tr{" class=changed" if param.changed else ""}><th scope="row">{_escape(param.name)}</th>'
        f"<td><code>{_escape(param.value)}</code></td></tr>"
        for param in params
    )
    return f"<table>{rows}</table>" if rows else ""


def _escape(text: str) -> str:
    return html.escape(text.replace("\0", "�"), quote=True)
