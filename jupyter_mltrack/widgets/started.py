"""The line that says tracking is on."""

from jupyter_mltrack.widgets.bundle import Bundle
from jupyter_mltrack.widgets.html import element, join, output


def started_line(experiment: str, store: str, already_on: bool = False) -> Bundle:
    """Tracking is on, and where runs go."""
    state = "Tracking was on already" if already_on else "Tracking is on"
    place = store.removeprefix("sqlite:///")
    dot = element("span", "", class_="mltrack-dot", style="background:#2e9e4f")
    facts = join([f"experiment {experiment}", element("span", place, class_="mltrack-id")], " · ")
    line = [dot, element("b", state), " ", element("span", facts, class_="mltrack-muted")]
    plain = f"● {state}: experiment {experiment}, store {place}"
    return Bundle(plain, output(element("div", *line)))
