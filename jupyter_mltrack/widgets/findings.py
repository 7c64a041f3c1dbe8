"""What the methodological checks found of a run, and what autologging could not record."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from jupyter_mltrack.widgets.html import Markup, element, folded
from jupyter_mltrack.widgets.text import counted

CHECKS_TAG: Final = "mltrack.checks"
NOTES_TAG: Final = "mltrack.autolog.notes"
SWITCH: Final = "%mltrack autolog checks.{}=off"


class Finding(msgspec.Struct, frozen=True):
    """What a check found, and why it may matter."""

    check: str
    text: str
    reason: str = ""


def read_findings(tags: Mapping[str, str]) -> list[Finding]:
    """The findings in a run's tags; none when the tag is not what we write."""
    try:
        return msgspec.json.decode(tags.get(CHECKS_TAG, "[]"), type=list[Finding])
    except msgspec.DecodeError:
        return []


def read_notes(tags: Mapping[str, str]) -> list[str]:
    """The notes in a run's tags, one a line."""
    return [line for line in tags.get(NOTES_TAG, "").splitlines() if line.strip()]


def findings_text(tags: Mapping[str, str]) -> list[str]:
    """Lines of a card: findings with their reasons, then the notes."""
    lines: list[str] = []
    findings, notes = read_findings(tags), read_notes(tags)
    if findings:
        lines.append("worth a look")
        for one in findings:
            lines += [f"  {one.check}: {one.text}", f"    {one.reason}"]
    if notes:
        lines += ["notes", *[f"  {note}" for note in notes]]
    return lines


def findings_html(tags: Mapping[str, str]) -> Markup | None:
    """The same, folded: quiet, and there for who wants to know."""
    findings, notes = read_findings(tags), read_notes(tags)
    parts: list[Any] = []
    if findings:
        names = ", ".join(one.check for one in findings)
        parts.append(folded(f"Worth a look: {names}", *map(_finding, findings)))
    if notes:
        title = f"{counted(len(notes), 'note')} on what was recorded"
        parts.append(folded(title, *[element("div", note) for note in notes]))
    return element("div", *parts) if parts else None


def _finding(one: Finding) -> Markup:
    how = f" Switch this check off: {SWITCH.format(one.check)}"
    reason = element("div", one.reason, element("span", how), class_="mltrack-line")
    return element("div", element("div", one.text), reason, class_="mltrack-note")
