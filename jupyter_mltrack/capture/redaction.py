"""Secrets are replaced in what is stored, never in what runs.

Four nets: token formats that identify themselves, values assigned to names that say ``password``
and the like, the present values of environment variables with such names, and what was found in a
source before: it is a secret in outputs and params too. :mod:`.secrets` has the formats.
"""

import functools
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from jupyter_mltrack.capture import secrets

REDACTED: Final = "[redacted]"
MIN_KNOWN_VALUE: Final = 8
"""Shorter values of secret-looking variables (``1``, ``true``) occur in any text."""
MIN_WORD_VALUE: Final = 12
"""A value of letters only must be this long: ``password`` itself is one."""
MAX_LEARNED: Final = 1000
REMEMBERED_SOURCES: Final = 5000
REMEMBERED_VALUES: Final = 5000
SHORT_VALUE: Final = 100
CHUNK_CHARACTERS: Final = 64 << 10
NAME_CHARACTERS: Final = 100

_known: tuple[str, ...] = ()
"""Secrets of this process, for params too: those of the redactor that learned last."""

_short_values: dict[tuple[str, str], str] = {}
"""What became of names and short values: of a loop's fits, most params are the same."""

Keep = Callable[[str], None]


class Redactor:
    """Replaces secrets in text; knows the secrets of the environment as of the last refresh.

    ``redact_source`` does what ``redact`` does and remembers it: the cells of a notebook come again
    with every execution.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._values: tuple[str, ...] = ()
        self._learned: dict[str, None] = {}
        self._table: dict[Any, Any] = {}
        self.redact_source = functools.lru_cache(REMEMBERED_SOURCES)(self._redact_source)
        self.refresh(environment)

    def refresh(self, environment: Mapping[str, str] | None = None) -> None:
        """Read the values to hide from ``environment`` (``os.environ``) again; cheap."""
        source = os.environ if environment is None else environment
        # Its own table, where it has one: reading sixty variables one by one takes a fifth of a ms.
        table = dict(getattr(source, "_data", source))
        if table == self._table:
            return
        self._table = table
        values = {
            value
            for name, value in source.items()
            if _is_secret_name(name) and _is_secret_value(value)
        }
        values.update(self._learned)
        if values != set(self._values):
            self._know(values)
            self.redact_source.cache_clear()

    def _know(self, values: set[str]) -> None:
        global _known, _short_values
        # Longest first, so that a value containing another is replaced as a whole.
        self._values = _known = tuple(sorted(values, key=len, reverse=True))
        _short_values = {}

    def _redact_source(self, text: str) -> str:
        # What a source holds as a secret is one in the outputs too.
        found: list[str] = []
        redacted = self._redact(text, found.append)
        new = [one for one in found if len(one) >= MIN_KNOWN_VALUE and one not in self._learned]
        if new and len(self._learned) < MAX_LEARNED:
            self._learned.update(dict.fromkeys(new))
            self._know({*self._values, *new})
        return redacted

    def redact(self, text: str) -> str:
        """Return ``text`` with its secrets replaced; the same object when there are none."""
        return self._redact(text, _forget)

    def redact_output(self, text: str) -> str:
        """As ``redact``, knowing the environment as it is now: a cell may have just set it."""
        self.refresh()
        return self.redact(text)

    def _redact(self, text: str, keep: Keep) -> str:
        if "\x1b[" in text:
            text = self._redact_coloured(text)
        if "-----BEGIN" in text:
            text = secrets.PRIVATE_KEY.sub(REDACTED, text)
        if len(text) <= CHUNK_CHARACTERS:
            return self._redact_chunk(text, keep)
        # A regular expression holds the interpreter's lock; in chunks the user's code goes on.
        chunks = [self._redact_chunk(chunk, keep) for chunk in _chunks(text)]
        redacted = "".join(chunks)
        return text if redacted == text else redacted

    def _redact_coloured(self, text: str) -> str:
        """A traceback's colours stand between a name and its value."""
        found: list[str] = []
        plain = secrets.ESCAPES.sub("", text)
        for chunk in _chunks(plain):
            self._redact_chunk(chunk, found.append)
        for value in found:
            if value not in text:
                return plain
            text = text.replace(value, REDACTED)
        return text

    def _redact_chunk(self, text: str, keep: Keep) -> str:
        for value in self._values:
            if value in text:
                text = text.replace(value, REDACTED)
        lowered = text.lower()
        text = _without_tokens(text, lowered, keep)
        if not _may_name_secrets(lowered):
            return text
        for pattern, is_secret in _ASSIGNED:
            text = _without(pattern, is_secret, text, keep)
        if "--" in text:
            text = _without(secrets.OPTION, _is_real, text, keep)
        return _without(secrets.ENV_LINE, _is_env_secret, text, keep) if "%" in text else text


def redact_value(name: str, value: str) -> str:
    """A param's value without what looks like a secret; all of it when its name says it is one."""
    if len(value) >= SHORT_VALUE:
        return _redact_value(name, value)
    # In this order: what is learned meanwhile replaces the dictionary after the secrets.
    remembered = _short_values
    redacted = remembered.get((name, value))
    if redacted is None:
        redacted = _redact_value(name, value)
        if len(remembered) >= REMEMBERED_VALUES:
            remembered.clear()
        remembered[name, value] = redacted
    return redacted


def _redact_value(name: str, value: str) -> str:
    named = _find_secret_name(name)
    if named and len(value) >= MIN_KNOWN_VALUE and _is_secret(named, value):
        return REDACTED
    for known in _known:
        if known in value:
            value = value.replace(known, REDACTED)
    # One look at a short text; in long ones it costs more than looking for each marker.
    short = len(value) < SHORT_VALUE
    if short and not secrets.MARKER.search(value.lower()):
        return value
    return _without_tokens(value, value.lower(), _forget)


def _forget(_value: str) -> None:
    """Keep nothing of what was found."""


def _chunks(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = start + CHUNK_CHARACTERS
        if end < len(text):
            # A secret holds no line break, so it lies on one side of the cut.
            cut = text.rfind("\n", start, end)
            cut = cut if cut > start else text.rfind(" ", start, end)
            end = cut + 1 if cut > start else end
        yield text[start:end]
        start = end


def _without_tokens(text: str, lowered: str, keep: Keep) -> str:
    nets = [net for marker, net in secrets.MARKED if marker in lowered]
    for net in dict.fromkeys(nets):
        text = _without(net.pattern, _is_any, text, keep)
    return text


def _may_name_secrets(lowered: str) -> bool:
    for name in secrets.NAMES:
        if name in lowered:
            return True
    start = lowered.find("key")
    while start >= 0:
        if lowered[max(0, start - 14) : start].rstrip("_-").endswith(secrets.KEYS):
            return True
        start = lowered.find("key", start + 3)
    return False


def _without(
    pattern: re.Pattern[str], is_secret: Callable[[re.Match[str]], bool], text: str, keep: Keep
) -> str:
    group = "value" if "value" in pattern.groupindex else 0

    def replace(match: re.Match[str]) -> str:
        if not is_secret(match):
            return match[0]
        value = match[group]
        if REDACTED in value:
            return match[0]
        keep(value)
        start, end = match.start(group) - match.start(), match.end(group) - match.start()
        return match[0][:start] + REDACTED + match[0][end:]

    return pattern.sub(replace, text)


def _is_any(_match: re.Match[str]) -> bool:
    return True


def _is_real(match: re.Match[str]) -> bool:
    return not _is_placeholder(match["value"])


def _is_named_secret(match: re.Match[str]) -> bool:
    named = _name_before(match.string, match.start())
    return named is not None and _is_secret(named, match["value"])


def _is_upper_secret(match: re.Match[str]) -> bool:
    named = _name_before(match.string, match.start())
    if named is None or not _is_secret(named, match["value"]):
        return False
    before = match.string[max(0, match.start() - NAME_CHARACTERS) : match.start()]
    return secrets.UPPER_NAME.search(before) is not None


def _is_given_secret(match: re.Match[str]) -> bool:
    named = _name_before(match.string, match.start())
    if named is None or not _is_secret(named, match["value"]):
        return False
    before = match.string[max(0, match.start() - NAME_CHARACTERS) : match.start()]
    return bool(secrets.ENV_CALL.search(before) or secrets.RANDOM.match(match["value"]))


def _is_paired_secret(match: re.Match[str]) -> bool:
    named = _name_before(match.string, match.start())
    if named is None or named["weak"]:
        return False
    start = max(0, match.start() - NAME_CHARACTERS)
    names = match.string[start : match.start()].split("\n")[-1]
    return "," in names and "(" not in names and _is_secret(named, match["value"])


def _is_spaced_secret(match: re.Match[str]) -> bool:
    """Unquoted, it must look like no code: ``password = other_name``, ``password: str``."""
    named, value = _name_before(match.string, match.start()), match["value"]
    if named is None or not secrets.RANDOM.match(value):
        return False
    is_code = value.replace(".", "_").isidentifier() and not _is_mixed(value)
    return not is_code and not value.isdigit() and _is_secret(named, value)


def _is_env_secret(match: re.Match[str]) -> bool:
    return _is_secret_name(match["name"]) and not _is_placeholder(match["value"])


_ASSIGNED: Final = (
    (secrets.QUOTED, _is_named_secret),
    (secrets.BARE, _is_upper_secret),
    (secrets.GIVEN, _is_given_secret),
    (secrets.PAIRED, _is_paired_secret),
    (secrets.SPACED, _is_spaced_secret),
)


def _is_mixed(value: str) -> bool:
    """Whether a word is one that nobody would give to a variable: 16 mixed characters or more."""
    digits = sum(character.isdigit() for character in value)
    return (
        len(value) >= 16
        and digits >= (1 if len(value) >= 32 else 2)
        and "." not in value
        and any(character.isupper() for character in value)
        and any(character.islower() for character in value)
    )


def _name_before(text: str, end: int) -> re.Match[str] | None:
    before = text[max(0, end - NAME_CHARACTERS) : end].rstrip()
    if not before[-12:].lower().endswith(secrets.NAME_ENDS):
        return None
    return secrets.NAME_END.search(before)


def _is_secret(named: re.Match[str], value: str) -> bool:
    is_known = secrets.RANDOM.match(value) and "://" not in value
    if _is_placeholder(value) or (named["weak"] and not is_known):
        return False
    is_sentence = " " in value and value.rstrip()[-1:] in (".", ":", "?", "!", "…")
    # password="password", PASSWORD = "user_password": a name of something, not a secret.
    is_word = value.replace("_", "").replace("-", "").replace(" ", "").isalpha()
    name, lowered = named["name"].lower(), value.lower()
    is_name = lowered in name or (is_word and (name in lowered or _names_one(lowered)))
    return not is_sentence and not is_name


def _names_one(value: str) -> bool:
    return any(word in value for word in ("passw", "secret", "token", "_key", "-key", " key"))


def _is_placeholder(value: str) -> bool:
    if secrets.PATH.match(value):
        # Random bytes in base64 may begin like a path.
        return not (len(value) >= 32 and "." not in value[1:] and _is_mixed(value))
    return secrets.PLACEHOLDER.match(value) is not None


@functools.lru_cache(4096)
def _find_secret_name(name: str) -> re.Match[str] | None:
    return secrets.NAME_END.search(name)


@functools.lru_cache(4096)
def _is_secret_name(name: str) -> bool:
    return secrets.ENVIRONMENT_NAME.search(name) is not None


def _is_secret_value(value: str) -> bool:
    is_long = len(value) >= (MIN_WORD_VALUE if value.isalpha() else MIN_KNOWN_VALUE)
    return is_long and not _is_placeholder(value)
