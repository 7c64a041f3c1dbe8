"""Secrets are replaced in what is stored, never in what runs.

Three nets: token formats that identify themselves, values assigned to names that say ``password``
and the like, and the present values of environment variables with such names. A literal marker is
looked for before any regular expression: text without secrets costs little more than a scan.
"""

import functools
import os
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

REDACTED: Final = "[redacted]"
MIN_ENVIRONMENT_VALUE: Final = 8
"""Shorter values of secret-looking environment variables (``1``, ``true``) occur in any text."""


REMEMBERED_SOURCES: Final = 5000
SHORT_VALUE: Final = 100
CHUNK_CHARACTERS: Final = 64 << 10


class _Net(NamedTuple):
    markers: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str = REDACTED


def _net(markers: str, pattern: str, replacement: str = REDACTED) -> _Net:
    return _Net(tuple(markers.split()), re.compile(pattern), replacement)


# Markers are lower case, for they are looked for in the lower-cased text.
_TOKENS: Final = (
    _net("akia asia", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    _net("ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_[A-Za-z0-9]{20,255}\b"),
    _net("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{20,255}\b"),
    _net("glpat- gldt- glrt- glcbt-", r"\bgl(?:pat|dt|rt|cbt)-[A-Za-z0-9_.\-]{20,}"),
    _net("xox", r"\bxox[abeoprs](?:\.[A-Za-z0-9]+)?-[A-Za-z0-9\-]{10,}"),
    _net("xapp-", r"\bxapp-\d-[A-Za-z0-9\-]{10,}"),
    _net("hooks.slack.com", r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}"),
    _net("sk-", r"\bsk-(?=[A-Za-z_\-]*\d)[A-Za-z0-9_\-]{20,}"),
    _net("_live_ _test_", r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}"),
    _net("hf_ api_org_", r"\b(?:hf_|api_org_)[A-Za-z0-9]{30,}\b"),
    _net("aiza", r"\bAIza[A-Za-z0-9_\-]{35}"),
    _net("ya29.", r"\bya29\.[A-Za-z0-9_\-]{20,}"),
    _net("gocspx-", r"\bGOCSPX-[A-Za-z0-9_\-]{20,}"),
    _net("eyj", r"\beyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*"),
    _net("npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    _net("pypi-", r"\bpypi-[A-Za-z0-9_\-]{40,}"),
    _net("dckr_", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_\-]{20,}"),
    _net("sg.", r"\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
    _net("dapi", r"\bdapi[0-9a-f]{32}\b"),
    _net("accountkey=", r"(?i)(?<=AccountKey=)[A-Za-z0-9+/=]{40,}"),
    _net("sig=", r"(?<=[?&]sig=)[A-Za-z0-9%+/=]{30,}"),
    _net("bearer ", r"(?i)(?<=\bbearer )[A-Za-z0-9._~+/=\-]{16,}"),
    _net("authorization: basic", r"(?i)(?<=authorization: basic )[A-Za-z0-9+/=]{8,}"),
    _net(
        "://", r"://([^\s/:@\"'<>]*):(?!\{)[^\s/@\"'<>]{1,256}(?=@[\w.\-\[])",
        rf"://\1:{REDACTED}"
    ),
)  # fmt: skip

_MARKER: Final = re.compile("|".join(re.escape(one) for net in _TOKENS for one in net.markers))

_PRIVATE_KEY: Final = re.compile(
    r"(?s)-----BEGIN ([A-Z ]*)PRIVATE KEY(?: BLOCK)?-----.{20,16000}?"
    r"-----END \1PRIVATE KEY(?: BLOCK)?-----"
)
_STRONG: Final = (
    r"passw(?:or)?d|passwd|pwd|passphrase|pass_?code|secret|(?:secret|api|access|private|account|"
    r"auth|encryption|signing|license|subscription)[_\-]?key|client_?secret"
)
_WEAK: Final = r"token|credentials?|auth|bearer|pat|key_?id"
# Assignments are found by their quoted value, and then the name before it is looked at: names alone
# ("key", "path", "token") are everywhere, and matching them first costs a hundred times as much.
# name = "v", name: str = "v", "name": "v", environ["name"] = "v"
_QUOTED: Final = re.compile(
    r"(?:=|[\"']\s{0,4}\]?\s{0,4}[=:]|:\s{0,4}[\w.\[\] |]{1,40}=)\s{0,8}"
    r"[rbufRBUF]{0,2}(?P<quote>[\"'])(?P<value>[^\s\"']{4,512})(?P=quote)"
)
_SETENV: Final = re.compile(
    r"env\(\s{0,8}[\"']\w{1,80}(?P<separator>[\"']\s{0,8},\s{0,8}[\"'])(?P<value>[^\s\"']{4,512})[\"']"
)
# NAME=value as shells, %env and printed settings have it; --password=value
_BARE: Final = re.compile(r"(?<![=!<>:])=(?P<value>[^\s\"'`$<>(){},;=][^\s\"'`$<>(){},;]{5,511})")
_OPTION: Final = re.compile(
    r"--(?:password|passwd|api-key|secret|token)(?:=|[ ](?=\S*\d))"
    r"(?P<value>[^\s\"'`$<>(){},;]{6,512})"
)
_NAME_END: Final = re.compile(
    rf"(?i)(?P<name>[\w.\-]{{0,80}}?(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK})))\s{{0,8}}$"
)
_UPPER_NAME: Final = re.compile(r"[A-Z][A-Z0-9_\-]*$")
_SECRET_NAME: Final = re.compile(rf"(?i)(?:{_STRONG}|token|credentials?|_pat)s?(?:_\d+)?$")
_PLACEHOLDER: Final = re.compile(
    r"(?i)(?:<.*>|\{.*\}|\$.*|%\(?\w*\)?s|\*+|\.+|x{3,}|-+|[~./].*|your[_\- ].*|my[_\-].*|"
    r"change_?me|none|null|true|false|.*\[redacted\].*|.*here)$"
)
_RANDOM: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_\-.+/=~:]{12,}$")


class Redactor:
    """Replaces secrets in text; knows the secrets of the environment as of the last refresh.

    ``redact_source`` does what ``redact`` does and remembers it: the cells of a notebook come again
    with every execution.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._values: tuple[str, ...] = ()
        self._learned: set[str] = set()
        self.redact_source = functools.lru_cache(REMEMBERED_SOURCES)(self._redact_source)
        self.refresh(environment)

    def refresh(self, environment: Mapping[str, str] | None = None) -> None:
        """Read the values to hide from ``environment`` (``os.environ``) again; cheap."""
        source = os.environ if environment is None else environment
        values = self._learned | {
            value
            for name, value in source.items()
            if _is_secret_name(name) and _is_secret_value(value)
        }
        if values != set(self._values):
            # Longest first, so that a value containing another is replaced as a whole.
            self._values = tuple(sorted(values, key=len, reverse=True))
            self.redact_source.cache_clear()

    def _redact_source(self, text: str) -> str:
        # What a source assigns as a secret is one in the outputs too.
        known = len(self._learned)
        self._learned.update(
            match["value"]
            for match in _QUOTED.finditer(text)
            if len(match["value"]) >= MIN_ENVIRONMENT_VALUE and _replace_value(match) != match[0]
        )
        if len(self._learned) > known:
            self._values = tuple(sorted({*self._values, *self._learned}, key=len, reverse=True))
        return self.redact(text)

    def redact(self, text: str) -> str:
        """Return ``text`` with its secrets replaced; the same object when there are none."""
        if "-----BEGIN" in text:
            text = _PRIVATE_KEY.sub(REDACTED, text)
        if len(text) <= CHUNK_CHARACTERS:
            return self._redact_chunk(text)
        # A regular expression holds the interpreter's lock; in chunks the user's code goes on.
        chunks = [self._redact_chunk(chunk) for chunk in _chunks(text)]
        redacted = "".join(chunks)
        return text if redacted == text else redacted

    def _redact_chunk(self, text: str) -> str:
        for value in self._values:
            if value in text:
                text = text.replace(value, REDACTED)
        text = _without_tokens(text)
        text = _QUOTED.sub(_replace_value, text)
        text = _BARE.sub(_replace_bare, text)
        if "env(" in text:
            text = _SETENV.sub(_replace_setenv, text)
        return _OPTION.sub(_replace_option, text) if "--" in text else text


def _chunks(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = start + CHUNK_CHARACTERS
        if end < len(text):
            # A secret holds no white space, so it lies on one side of the cut.
            cut = max(text.rfind("\n", start, end), text.rfind(" ", start, end))
            end = cut + 1 if cut > start else end
        yield text[start:end]
        start = end


def _replace_value(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 100) : match.start()]
    named = _NAME_END.search(before)
    return _replace(match) if named and _is_secret(named, match["value"]) else match[0]


def _replace_bare(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 100) : match.start()]
    named = _NAME_END.search(before) if _UPPER_NAME.search(before) else None
    return _replace(match) if named and _is_secret(named, match["value"]) else match[0]


def _replace_setenv(match: re.Match[str]) -> str:
    before = match.string[match.start() : match.start("separator")]
    named = _NAME_END.search(before)
    return _replace(match) if named and _is_secret(named, match["value"]) else match[0]


def _replace_option(match: re.Match[str]) -> str:
    return match[0] if _PLACEHOLDER.match(match["value"]) else _replace(match)


def _is_secret(named: re.Match[str], value: str) -> bool:
    if _PLACEHOLDER.match(value) or (named["weak"] and not _RANDOM.match(value)):
        return False
    # password="password", PASSWORD = "user_password": a name of something, not a secret.
    name, value = named["name"].lower(), value.lower()
    return value not in name and name not in value


def redact_value(name: str, value: str) -> str:
    """A param's value without what looks like a secret; all of it when its name says it is one."""
    named = _find_secret_name(name)
    is_secret = named and len(value) >= MIN_ENVIRONMENT_VALUE and _is_secret(named, value)
    if is_secret:
        return REDACTED
    # One look at a short text; in long ones it costs more than looking for each marker.
    short = len(value) < SHORT_VALUE
    return value if short and not _MARKER.search(value.lower()) else _without_tokens(value)


def _without_tokens(text: str) -> str:
    lowered = text.lower()
    for net in _TOKENS:
        if any(marker in lowered for marker in net.markers):
            text = net.pattern.sub(net.replacement, text)
    return text


def _replace(match: re.Match[str]) -> str:
    start, end = match.start("value") - match.start(), match.end("value") - match.start()
    return match[0][:start] + REDACTED + match[0][end:]


@functools.lru_cache(4096)
def _find_secret_name(name: str) -> re.Match[str] | None:
    return _NAME_END.search(name)


@functools.lru_cache(4096)
def _is_secret_name(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _is_secret_value(value: str) -> bool:
    return (
        len(value) >= MIN_ENVIRONMENT_VALUE
        and not _PLACEHOLDER.match(value)
        and not value.isalpha()
    )
