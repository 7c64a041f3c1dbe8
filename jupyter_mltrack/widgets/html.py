"""HTML by construction: whatever is not :class:`Markup` is escaped when it becomes part of one."""

import html
from collections.abc import Iterable
from typing import Any, Final

from jupyter_mltrack.widgets.style import STYLE

_VOID: Final = frozenset({"img", "br", "col"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escape(content: object) -> Markup:
    """Make text safe inside an element or a quoted attribute; Markup stays as it is."""
    if isinstance(content, Markup):
        return content
    # A lone surrogate cannot be sent to a front end, and NUL is no character of HTML.
    text = str(content).encode("utf-8", "replace").decode().replace("\0", "�")
    return Markup(html.escape(text, quote=True))


def element(tag: str, *children: object, **attributes: Any) -> Markup:
    """Build an element; ``class_`` stands for class, ``_`` in other names for ``-``.

    Children that are None or empty are left out, and so are attributes that are None.
    """
    opening = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Markup(f"<{tag}{opening}>")
    return Markup(f"<{tag}{opening}>{join(children)}</{tag}>")


def join(parts: Iterable[object], separator: str = "") -> Markup:
    """Put parts behind each other, escaped; None is left out."""
    kept = [escape(part) for part in parts if part is not None]
    return Markup(str(escape(separator)).join(kept))


def output(*children: object) -> Markup:
    """The outermost element of everything we show, with its style sheet."""
    return element("div", element("style", Markup(STYLE)), *children, class_="mltrack-out")


def line(*parts: object) -> Markup:
    """A muted line of facts; empty ones are left out."""
    return element("div", join([part for part in parts if part], " · "), class_="mltrack-line")


def shortened(text: str, limit: int = 60) -> Markup:
    """Text cut at ``limit`` characters, whole in its tooltip."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return escape(flat)
    return element("span", flat[: limit - 1] + "…", title=text[:2000])


def pairs(rows: Iterable[tuple[object, object]]) -> Markup:
    """A two-column table of names and values."""
    body = [
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in rows
    ]
    return element("table", element("tbody", *body), class_="mltrack-table mltrack-pairs")


def folded(title: object, *content: object) -> Markup:
    """Content behind a heading that opens it; no script needed."""
    return element("details", element("summary", title), *content)
