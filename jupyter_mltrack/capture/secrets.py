"""What a secret looks like: token formats, names that say so, and calls that are given one.

Each format is looked for only where a literal marker of it occurs, so that text without secrets
costs little more than a scan. The secret of a match is its group ``value``, or all of it.
"""

import re
from typing import Final, NamedTuple


class Net(NamedTuple):
    """A format: literals of which one must occur (lower case), and the format."""

    markers: tuple[str, ...]
    pattern: re.Pattern[str]


def _net(markers: str, pattern: str) -> Net:
    return Net(tuple(marker.replace("␣", " ") for marker in markers.split()), re.compile(pattern))


_QUOTE: Final = r"\\?[\"']"
_CALLED: Final = r"[^\s\"'\\]{6,512}"

# Markers are looked for in the lower-cased text; ␣ stands for a space in them.
TOKENS: Final = (
    _net("akia asia", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    _net("ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_[A-Za-z0-9]{20,255}\b"),
    _net("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{20,255}\b"),
    _net("glpat- gldt- glrt- glcbt-", r"\bgl(?:pat|dt|rt|cbt)-[A-Za-z0-9_.\-]{20,}"),
    _net("xox", r"\bxox[abeoprs](?:\.[A-Za-z0-9]+)?-[A-Za-z0-9\-]{10,}"),
    _net("xapp-", r"\bxapp-\d-[A-Za-z0-9\-]{10,}"),
    _net("hooks.slack.com", r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}"),
    _net("/api/webhooks/", r"(?<=/api/webhooks/)\d{15,20}/[A-Za-z0-9_\-]{40,}"),
    _net("sk-", r"\bsk-(?=[A-Za-z_\-]*\d)[A-Za-z0-9_\-]{20,}"),
    _net("_live_ _test_", r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}"),
    _net("whsec_", r"\bwhsec_[A-Za-z0-9+/=]{20,}"),
    _net("hf_ api_org_", r"\b(?:hf_|api_org_)[A-Za-z0-9]{30,}\b"),
    _net("gsk_", r"\bgsk_[A-Za-z0-9]{40,}"),
    _net("xai- nvapi- pplx- tvly-", r"\b(?:xai|nvapi|pplx|tvly)-(?=\S*\d)[A-Za-z0-9_\-]{24,}"),
    _net("r8_", r"\br8_[A-Za-z0-9]{30,}"),
    _net("lsv2_", r"\blsv2_(?:pt|sk)_[A-Za-z0-9_]{30,}"),
    _net("wandb_v", r"\bwandb_v\d_[A-Za-z0-9_\-]{30,}"),
    _net("aiza", r"\bAIza[A-Za-z0-9_\-]{35}"),
    _net("ya29.", r"\bya29\.[A-Za-z0-9_\-]{20,}"),
    _net("gocspx-", r"\bGOCSPX-[A-Za-z0-9_\-]{20,}"),
    _net("eyj", r"\beyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*"),
    _net("eyjhcg", r"\beyJhcGlf[A-Za-z0-9+/=_\-]{24,}"),
    _net("npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    _net("pypi-", r"\bpypi-[A-Za-z0-9_\-]{40,}"),
    _net("dckr_", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_\-]{20,}"),
    _net("dop_v doo_v", r"\bdo[op]_v1_[0-9a-f]{64}\b"),
    _net("shpat_ shpss_", r"\bshp(?:at|ss)_[0-9a-fA-F]{32}\b"),
    _net("glsa_", r"\bglsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}\b"),
    _net("hvs. hvb.", r"\bhv[sb]\.[A-Za-z0-9_\-]{24,}"),
    _net("sq0", r"\bsq0(?:atp|csp)-[A-Za-z0-9_\-]{22,}"),
    _net("ntn_", r"\bntn_[A-Za-z0-9]{40,}"),
    _net("lin_api_", r"\blin_api_[A-Za-z0-9]{40}"),
    _net("age-secret-key-", r"\bAGE-SECRET-KEY-1[A-Z0-9]{50,}"),
    _net("sg.", r"\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
    _net("dapi", r"\bdapi[0-9a-f]{32}(?:-\d)?\b"),
    _net(":aa", r"\b\d{8,10}:AA[A-Za-z0-9_\-]{33}(?![A-Za-z0-9_])"),
    _net("8q~", r"\b[A-Za-z0-9]{3}8Q~[A-Za-z0-9_.~\-]{31,34}"),
    _net("accountkey= accesskey=", r"(?i)(?<=(?:Account|.Access)Key=)[A-Za-z0-9+/=]{40,}"),
    _net("sig=", r"(?<=[?&]sig=)[A-Za-z0-9%+/=]{30,}"),
    _net("bearer", r"(?i)(?<=\bbearer )[A-Za-z0-9._~+/=\-]{16,}"),
    _net(
        "authorization",
        rf"(?i)authorization{_QUOTE}?\s{{0,4}}[:=,]\s{{0,4}}{_QUOTE}?"
        r"(?:basic|token|api-?key|key|digest)\s(?P<value>[A-Za-z0-9._~+/=\-]{8,})",
    ),
    _net("://", r"(?i)://[^\s/:@\"'<>]*:(?!\{|(?:password|passwd|pass|pw|secret|token)@)(?P<value>[^\s/@\"'<>]{1,256})(?=@[\w.\-\[])"),
    _net(
        "key= token= secret= password= signature=",
        r"(?i)[?&](?:[\w\-]{0,20}(?:api_?key|token|secret|password|signature)|key)="
        r"(?P<value>(?=[^\s&]*\d)[^\s&\"'#<>{}\\]{8,})",
    ),
    _net(
        "password= pwd=",
        r"(?i);\s{0,4}(?:password|pwd)\s?=\s?(?P<value>[^\s;\"'{}<>\\]{4,256})(?=[;\"'\s]|$)",
    ),
    _net("machine", r"\bmachine\s+\S{1,200}\s+login\s+\S{1,100}\s+password\s+(?P<value>\S{6,256})"),
    _net("wandb", r"(?i)\bwandb\b[^\n]{0,60}?(?<![0-9a-f])(?P<value>[0-9a-f]{40})(?![0-9a-f])"),
    _net(
        "username",
        rf"{_QUOTE}username{_QUOTE}\s?:\s?{_QUOTE}[^\"'\n]{{1,80}}{_QUOTE},\s{{0,8}}"
        rf"{_QUOTE}key{_QUOTE}\s?:\s?{_QUOTE}(?P<value>[0-9a-f]{{32}}){_QUOTE}",
    ),
    _net("comet_ml", r"\bcomet_ml\.\w{1,30}\(\s{0,8}[\"'](?P<value>[A-Za-z0-9]{25,60})[\"']"),
    _net("mysql", r"\bmysql(?:dump|admin)?\b[^\n]{0,200}?\s-p(?P<value>[^\s\-\"'][^\s\"']{4,256})"),
    _net(
        "curl wget",
        r"\b(?:curl|wget)\b[^\n]{0,200}?\s(?:-u|--user)[ =]?[\"']?[^\s:\"'$]{1,80}:"
        r"(?P<value>[^\s\"'$]{4,256})",
    ),
    _net(
        "auth=( auth␣=␣( basicauth( basic_auth( .login( set_password(",
        rf"(?i)(?:\bauth\s?=\s?|basic_?auth|\.login|set_password)\((?:\s{{0,8}}[\"'][^\"'\n]{{0,80}}"
        rf"[\"']\s{{0,4}},){{1,2}}\s{{0,8}}[\"'](?P<value>{_CALLED})[\"']",
    ),
)  # fmt: skip

MARKED: Final = tuple((marker, net) for net in TOKENS for marker in net.markers)
MARKER: Final = re.compile("|".join(re.escape(one) for net in TOKENS for one in net.markers))

PRIVATE_KEY: Final = re.compile(
    r"(?s)-----BEGIN ([A-Z ]*)PRIVATE KEY(?: BLOCK)?-----.{20,16000}?"
    r"-----END \1PRIVATE KEY(?: BLOCK)?-----"
)

_STRONG: Final = (
    r"passw(?:or)?d|passwd|pwd|passphrase|pass_?code|secret|(?:secret|api|access|private|account|"
    r"auth|encryption|signing|license|subscription|master|storage|service)[_\-]?key"
)
_WEAK: Final = r"token|credentials?|auth|bearer|_pat|_pass|_pw|\bpw|key_?id"
NAMES: Final = (
    "passw", "pwd", "passphrase", "pass_code", "passcode", "secret", "token", "credential",
    "bearer", "auth", "keyid", "key_id", "_pat", "_pass", "_pw", "pw=", "pw =", "pw\"", "pw'",
)  # fmt: skip
"""Where none of these and no :data:`KEYS` occur (lower case), no name is a secret's."""
KEYS: Final = (
    "api", "access", "private", "account", "auth", "encryption", "signing", "license",
    "subscription", "master", "storage", "service",
)  # fmt: skip
"""What stands before ``key`` in the name of a secret."""
NAME_ENDS: Final = (
    "word", "passwd", "pwd", "phrase", "code", "secret", "key", "token", "credential",
    "credentials", "auth", "bearer", "pat", "pass", "pw", "keyid", "key_id",
)  # fmt: skip
"""How a name ends that can be one of a secret; looked at before :data:`NAME_END`."""
NAME_END: Final = re.compile(
    rf"(?i)(?P<name>[\w.\-]{{0,80}}?(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK})))\s{{0,8}}$"
)
ENVIRONMENT_NAME: Final = re.compile(
    rf"(?i)(?:{_STRONG}|token|credentials?|_pat|_pass|_pw)s?(?:_\d+)?$"
)
UPPER_NAME: Final = re.compile(r"[A-Z][A-Z0-9_\-]*$")

# Assignments are found by their quoted value, and then the name before it is looked at: names alone
# ("key", "path", "token") are everywhere, and matching them first costs a hundred times as much.
# name = "v", name: str = "v", "name": "v", environ["name"] = "v", name == "v", name = ("v")
QUOTED: Final = re.compile(
    r"(?:[=!]?=|\\?[\"']\s{0,4}\]?\s{0,4}[=:]|:\s{0,4}[\w.\[\] |]{1,40}=)\s{0,8}\(?"
    r"[rbufRBUF]{0,2}(?:\"\"|'')?\\?(?P<quote>[\"'])(?P<value>[^\"'\\\n]{4,512})\\?(?P=quote)"
)
# user, password = "me", "v"
PAIRED: Final = re.compile(r"=\s?[\"'][^\"'\n]{1,80}[\"'],\s?[\"'](?P<value>[^\s\"']{6,512})[\"']")
# setenv("NAME", "v"), environ.setdefault("NAME", "v"), setattr(config, "password", "v")
GIVEN: Final = re.compile(r"[\"']\s{0,8},\s{0,8}[\"'](?P<value>[^\s\"']{6,512})[\"']")
ENV_CALL: Final = re.compile(r"(?:env|environ(?:\.\w+)?)\(\s{0,8}[\"']\w{1,80}$")
# NAME=value as shells, %env and printed settings have it; --password=value
BARE: Final = re.compile(r"(?<![=!<>:])=(?P<value>[^\s\"'`$<>(){},;=][^\s\"'`$<>(){},;]{5,511})")
OPTION: Final = re.compile(
    r"--(?:[\w\-]{0,20}(?:password|passwd|api-key|secret|token|secret-key))"
    r"(?:=|[ ](?=\S*\d))[\"']?(?P<value>[^\s\"'`$<>(){},;]{6,512})"
)
# password: value and name = value of YAML, INI and what they print as
SPACED: Final = re.compile(r"(?m)[:=][ ](?P<value>[^\s\"'`$<>(){}\[\],;]{8,512})[ \t]{0,8}$")
# %env NAME value
ENV_LINE: Final = re.compile(r"%(?:set_)?env[ ]+(?P<name>\w{1,80})[ ]+(?P<value>[^\s=$]\S{5,511})")

PLACEHOLDER: Final = re.compile(
    r"(?i)(?:<.*>|\{.*\}|\$.*|(?:%\(?\w*\)?[sdr]\W*)+|\*+|\.+|x{3,}|-+|"
    r"your[_\- ].*|my[_\-](?!.*\d).*|change_?me|none|null|true|false|.*\[redacted\].*|.*here|"
    r"[a-z_]+(?:\.[a-z_]+)+(?::[a-z_]+)?)$"
)
PATH: Final = re.compile(r"(?:~?/|\.{1,2}/|\.\w|~)")
RANDOM: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_\-.+/=~:!@#$%^&*]{12,}$")
ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*m")
