"""Command lines of ``%mltrack``: words that keep their quotes, options, and what to say else."""

import argparse
import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn

from jupyter_mltrack.errors import InvalidParameterValue

HELP_WIDTH: Final = 88

# A word ends at a space that is in no quotes; a quote that is never closed is a character.
_WORD: Final = re.compile(r"""(?:"[^"]*"|'[^']*'|`[^`]*`|\S)+""")


class Word(str):
    """A word without its outer quotes; ``raw`` is as it was typed."""

    raw: str

    def __new__(cls, raw: str) -> "Word":
        """Take the quotes off, if the whole word is in them."""
        quoted = len(raw) >= 2 and raw[0] == raw[-1] and raw[0] in "\"'"
        word = super().__new__(cls, raw[1:-1] if quoted else raw)
        word.raw = raw
        return word


def split_words(line: str) -> list[Word]:
    """Words of a command line."""
    return [Word(match.group()) for match in _WORD.finditer(line)]


def raw_text(words: Iterable[str]) -> str:
    """Words as they were typed, quotes included, with one space between: a filter."""
    return " ".join(word.raw if isinstance(word, Word) else word for word in words)


def split_pairs(words: Iterable[str]) -> dict[str, str]:
    """``key=value`` words as a mapping; a value may be in quotes.

    Raises
    ------
    InvalidParameterValue
        A word is no pair.
    """
    pairs = {}
    for word in words:
        raw = word.raw if isinstance(word, Word) else word
        key, equals, value = raw.partition("=")
        if not equals or not key:
            raise InvalidParameterValue(
                f"{raw!r} is not of the form key=value. Put quotes around a value with spaces: "
                'stage="first try".'
            )
        pairs[str(Word(key))] = str(Word(value))
    return pairs


def nearest(word: str, known: Iterable[str]) -> str:
    """``Did you mean X or Y?`` when something known is like ``word``, else nothing."""
    # The dashes of options would make all of them alike.
    names = {name.lstrip("-"): name for name in known}
    found = difflib.get_close_matches(word.lstrip("-"), list(names), n=2, cutoff=0.6)
    return f" Did you mean {' or '.join(names[name] for name in found)}?" if found else ""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of leaving the interpreter."""

    def __init__(self, name: str, summary: str, examples: Sequence[str] = ()) -> None:
        epilog = "examples:\n" + "\n".join(f"  {example}" for example in examples)
        super().__init__(
            prog=f"%mltrack {name}",
            description=summary,
            epilog=epilog if examples else None,
            add_help=False,
            allow_abbrev=False,
            formatter_class=_Formatter,
        )
        self.add_argument("-h", "--help", action="store_true", help="show this")

    def parse_words(self, words: Sequence[Word]) -> argparse.Namespace:
        """Parse the words after the command's name.

        Raises
        ------
        InvalidParameterValue
            They do not fit; the message has the nearest option and the way to the help.
        """
        arguments, rest = self.parse_known_intermixed_args(list(words))
        if rest:
            kind = "option" if rest[0].startswith("-") else "argument"
            hint = nearest(rest[0], self.options()) if kind == "option" else ""
            self.error(f"{self.prog} has no {kind} {rest[0]!r}.{hint}")
        return arguments

    def options(self) -> list[str]:
        """The long options."""
        return [
            name
            for action in self._actions
            if action.help != argparse.SUPPRESS
            for name in action.option_strings
            if name.startswith("--")
        ]

    def takes_value(self, option: str) -> bool:
        """Whether the word after this option is its value."""
        action = self._option_string_actions.get(option)
        return action is not None and action.nargs != 0

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong, with the way to the help; argparse calls this."""
        text = message if message.startswith("%") else f"{self.prog}: {message}."
        raise InvalidParameterValue(f"{text} Help: {self.prog} --help")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str, **settings: Any) -> None:
        super().__init__(prog, max_help_position=26, width=HELP_WIDTH, **settings)
