"""A subcommand of ``%mltrack`` as data: its words, its help, and the function that does it."""

from argparse import Namespace
from collections.abc import Callable
from typing import Any

import msgspec

from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import Parser


def no_arguments(parser: Parser) -> None:
    """For commands that take none."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A subcommand.

    ``usage`` is how the list of commands shows it. ``completes`` says what its words are, for the
    Tab key: ``run``, ``filter``, ``command`` or nothing. ``run`` gets the context and the parsed
    arguments (with ``body``, the rest of the cell, when ``takes_cell``); what it returns is the
    value of the magic. With ``runs_cell`` that body is code, which runs as it would without us.
    """

    name: str
    usage: str
    summary: str
    run: Callable[[Context, Namespace], Any]
    add_arguments: Callable[[Parser], None] = no_arguments
    examples: tuple[str, ...] = ()
    completes: str = ""
    takes_cell: bool = False
    runs_cell: bool = False

    def parser(self) -> Parser:
        """The parser of its words."""
        parser = Parser(self.name, self.summary, self.examples)
        self.add_arguments(parser)
        return parser
