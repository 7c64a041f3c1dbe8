"""Command lines: words, pairs, options, and what is said when they are wrong."""

import pytest

from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.magics.parsing import Parser, nearest, raw_text, split_pairs, split_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  a  b ", ["a", "b"]),
        ("run 'second try' x", ["run", "second try", "x"]),
        ('run "second try"', ["run", "second try"]),
        ("note it's fine", ["note", "it's", "fine"]),
        ("k='a b' c", ["k='a b'", "c"]),
        ("-o C:\\runs\\x", ["-o", "C:\\runs\\x"]),
        ("metrics.`a b` > 1", ["metrics.`a b`", ">", "1"]),
    ],
)
def test_words(line, words):
    assert split_words(line) == words


@pytest.mark.parametrize("text", ["params.m = 'a b'", "tags.`x y` LIKE '%z%'", "metrics.a > -1"])
def test_a_filter_keeps_its_quotes(text):
    assert raw_text(split_words(text)) == text


def test_pairs():
    words = split_words("a=1 b='x y' c= d=e=f")
    assert split_pairs(words) == {"a": "1", "b": "x y", "c": "", "d": "e=f"}


@pytest.mark.parametrize("word", ["a", "=1", "'a b'"])
def test_what_is_no_pair_is_named(word):
    with pytest.raises(InvalidParameterValue, match="key=value"):
        split_pairs(split_words(word))


@pytest.fixture
def parser():
    parser = Parser("runs", "List runs.", ["%mltrack runs"])
    parser.add_argument("filter", nargs="*")
    parser.add_argument("--last", type=int, default=20)
    parser.add_argument("--all", action="store_true")
    return parser


@pytest.mark.parametrize(
    "line", ["metrics.a > -0.5 --last 3", "--last 3 metrics.a > -0.5", "metrics.a --last 3 > -0.5"]
)
def test_options_stand_anywhere(parser, line):
    given = parser.parse_words(split_words(line))
    assert raw_text(given.filter) == "metrics.a > -0.5"
    assert given.last == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--lst 3", "no option '--lst'. Did you mean --last? Help: %mltrack runs --help"),
        ("--last x", "argument --last: invalid int value: 'x'. Help: %mltrack runs --help"),
        ("--last", "argument --last: expected one argument"),
        ("--al", "has no option '--al'. Did you mean --all?"),
    ],
)
def test_wrong_options(parser, line, said):
    with pytest.raises(InvalidParameterValue) as caught:
        parser.parse_words(split_words(line))
    assert said in str(caught.value)


def test_nothing_like_it_is_suggested_for_nonsense():
    assert nearest("xyzzy", ["runs", "show"]) == ""
