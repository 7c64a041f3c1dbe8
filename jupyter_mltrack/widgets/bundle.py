"""What a cell shows: the same thing in several MIME types, for the front end to choose from."""

from typing import Any


class Bundle:
    """Something to display: ``text`` plain, ``html`` rich, and ``more`` by MIME type."""

    def __init__(self, text: str, html: str, more: dict[str, Any] | None = None) -> None:
        self.text = text
        self.html = html
        self.more = more or {}

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {**self.more, "text/html": self.html, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text
