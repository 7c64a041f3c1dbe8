"""What a check found, and the tag of the run that keeps it."""

import threading
import weakref
from typing import Final

import msgspec

from jupyter_mltrack.tracking.active import ActiveRun

CHECKS_TAG: Final = "mltrack.checks"
MAX_TEXT: Final = 400


class Finding(msgspec.Struct, frozen=True):
    """A sentence about what was seen, and why it may matter."""

    check: str
    text: str
    reason: str


_mutex: Final = threading.Lock()
_found: Final["weakref.WeakKeyDictionary[ActiveRun, dict[str, Finding]]"] = (
    weakref.WeakKeyDictionary()
)


def tell(run: ActiveRun, finding: Finding) -> None:
    """Keep a finding with the run, one of each check: what is found later replaces it."""
    finding = Finding(finding.check, _short(finding.text), _short(finding.reason))
    with _mutex:
        known = _found.setdefault(run, {})
        if known.get(finding.check) == finding:
            return
        known[finding.check] = finding
        text = _encode(known)
    run.set_tags({CHECKS_TAG: text})


def withdraw(run: ActiveRun, check: str) -> None:
    """Take back what a check found: what came later shows that it was taken care of."""
    with _mutex:
        known = _found.get(run, {})
        if known.pop(check, None) is None:
            return
        text = _encode(known)
    run.set_tags({CHECKS_TAG: text})


def _encode(known: dict[str, Finding]) -> str:
    return msgspec.json.encode(list(known.values())).decode()


def _short(text: str) -> str:
    flat = text.replace("\0", " ").encode(errors="replace").decode()
    return flat if len(flat) <= MAX_TEXT else f"{flat[: MAX_TEXT - 1]}…"
