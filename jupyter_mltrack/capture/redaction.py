"""Secrets are replaced in what is stored, never in what runs.

Three nets: token formats that identify themselves, values assigned to names that say ``password``
and the like, and the present values of environment variables with such names. A literal marker is
looked for before any regular expression: text without secrets costs little more than a scan.
"""

import functools
import os
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

REDACTED: Final = "[redacted]"
MIN_ENVIRONMENT_VALUE: Final = 8
"""Shorter values of secret-looking environment variables (``1``, ``true``) occur in any text."""


REMEMBERED_SOURCES: Final = 5000


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
    _net("basic ", r"(?i)(?<=authorization: basic )[A-Za-z0-9+/=]{8,}"),
    _net(
        "private", r"(?s)-----BEGIN ([A-Z ]*)PRIVATE KEY(?: BLOCK)?-----.{20,}?"
        r"-----END \1PRIVATE KEY(?: BLOCK)?-----"
    ),
    _net(
        "://", r"(?<=://)([^\s/:@\"'<>]*):(?!\{)[^\s/@\"'<>]{1,256}(?=@[\w.\-\[])",
        rf"\1:{REDACTED}"
    ),
)  # fmt: skip

_STRONG: Final = (
    r"passw(?:or)?d|passwd|pwd|passphrase|pass_?code|secret|(?:secret|api|access|private|account|"
    r"auth|encryption|signing|license|subscription)[_\-]?key|client_?secret"
)
_WEAK: Final = r"token|credentials?|auth|bearer|pat|key_?id"
_NAME: Final = rf"(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))"
# name = "v", name: str = "v", "name": "v", environ["name"] = "v", setenv("name", "v").
# Only the end of the name is matched; a leading [\w.]* would make the search quadratic.
_QUOTED: Final = re.compile(
    rf"(?i){_NAME}(?:\s*(?::\s*[\w.\[\] |]+?)?=|[\"']\s*\]?\s*[=:]|(?P<comma>[\"']\s*,))\s*"
    r"[rbuf]{0,2}(?P<quote>[\"'])(?P<value>[^\s\"']{4,512})(?P=quote)"
)
# NAME=value as shells, %env and printed settings have it; --password=value
_BARE: Final = re.compile(
    rf"(?:(?:(?P<strong>{_STRONG.upper()})|(?P<weak>{_WEAK.upper()}))=(?!=)|"
    r"--(?:password|passwd|api-key|secret|token)(?:=|[ ](?=\S*\d)))"
    r"(?P<value>[^\s\"'`$<>(){},;]{6,512})"
)
_ASSIGNED_MARKERS: Final = (
    *("pass", "pwd", "secret", "key", "token"),
    *("credential", "auth", "bearer", "pat"),
)
_IN_NAME: Final = re.compile(r"[\w.\-]*$")
_SETS_ENVIRONMENT: Final = re.compile(r"env\(\s*[\"'][\w]*$")
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
        self.redact_source = functools.lru_cache(REMEMBERED_SOURCES)(self.redact)
        self.refresh(environment)

    def refresh(self, environment: Mapping[str, str] | None = None) -> None:
        """Read the values to hide from ``environment`` (``os.environ``) again; cheap."""
        source = os.environ if environment is None else environment
        values = {
            value
            for name, value in source.items()
            if _is_secret_name(name) and _is_secret_value(value)
        }
        if values != set(self._values):
            # Longest first, so that a value containing another is replaced as a whole.
            self._values = tuple(sorted(values, key=len, reverse=True))
            self.redact_source.cache_clear()

    def redact(self, text: str) -> str:
        """Return ``text`` with its secrets replaced; the same object when there are none."""
        for value in self._values:
            if value in text:
                text = text.replace(value, REDACTED)
        lowered = text.lower()
        for net in _TOKENS:
            if any(marker in lowered for marker in net.markers):
                text = net.pattern.sub(net.replacement, text)
        if any(marker in lowered for marker in _ASSIGNED_MARKERS):
            text = _redact_assigned(text)
        return text


def _redact_assigned(text: str) -> str:
    return _BARE.sub(_replace_value, _QUOTED.sub(_replace_value, text))


def _replace_value(match: re.Match[str]) -> str:
    groups = match.groupdict()
    value = groups["value"]
    if _PLACEHOLDER.match(value) or (groups["weak"] and not _RANDOM.match(value)):
        return match[0]
    before = match.string[max(0, match.start() - 80) : match.start()]
    if groups.get("comma") and not _SETS_ENVIRONMENT.search(before):
        return match[0]
    # password="password", PASSWORD = "user_password": a name of something, not a secret.
    found = _IN_NAME.search(before)
    name = (found[0] if found else "") + (groups["strong"] or groups["weak"] or "")
    if value.lower() in name.lower() or name.lower() in value.lower():
        return match[0]
    start = match.start("value") - match.start()
    return match[0][:start] + REDACTED + match[0][start + len(value) :]


@functools.lru_cache(4096)
def _is_secret_name(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _is_secret_value(value: str) -> bool:
    return (
        len(value) >= MIN_ENVIRONMENT_VALUE
        and not _PLACEHOLDER.match(value)
        and not value.isalpha()
    )
