"""What checks found is shown quietly, and nothing where nothing was found."""

import json

import pytest

from jupyter_mltrack.widgets.bundle import Bundle
from jupyter_mltrack.widgets.findings import read_findings, read_notes
from jupyter_mltrack.widgets.run import run_card
from tests.widgets.views import detail, run

FINDING = {"check": "seed", "text": "KMeans draws <b>numbers</b>.", "reason": "It may be chance."}


def card(tags: dict[str, str]) -> Bundle:
    return run_card(detail(run("a", tags=tags)))


def test_findings_and_notes_of_a_run() -> None:
    bundle = card({"mltrack.checks": json.dumps([FINDING]), "mltrack.autolog.notes": "a\nb"})
    assert (
        "worth a look\n  seed: KMeans draws <b>numbers</b>.\n    It may be chance." in bundle.text
    )
    assert "notes\n  a\n  b" in bundle.text
    assert "KMeans draws &lt;b&gt;numbers&lt;/b&gt;." in bundle.html
    assert "<summary>Worth a look: seed</summary>" in bundle.html
    assert "%mltrack autolog checks.seed=off" in bundle.html
    assert "<summary>2 notes on what was recorded</summary>" in bundle.html


def test_a_run_without_findings_has_no_section() -> None:
    for tags in ({}, {"mltrack.checks": "[]"}):
        bundle = card(tags)
        assert "worth a look" not in bundle.text
        assert "Worth a look" not in bundle.html


@pytest.mark.parametrize("text", ["", "nonsense", "{}", "[1]", '[{"check": "seed"}]'])
def test_a_tag_that_is_something_else(text: str) -> None:
    assert read_findings({"mltrack.checks": text}) == []
    assert read_notes({"mltrack.autolog.notes": "\n \n"}) == []
