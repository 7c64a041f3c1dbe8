"""What MLflow recorded of a case and we did not, or not with the same text or value."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FROZEN = Path(__file__).parent / "expected.json"

# Deliberate, each with its reason.
OTHER_TAGS = {
    # MLflow's say which script ran and its commit; we keep the notebook's own revision.
    "mlflow.source.name",
    "mlflow.source.git.commit",
    "mlflow.source.git.branch",
    "mlflow.source.git.repoURL",
}
OTHER_TEXTS = {
    # Names and users are whoever's they are; ours say what differs from the defaults.
    "mlflow.runName",
    "mlflow.user",
    "mlflow.source.type",
    "mlflow.parentRunId",
}
TIMES = ("_time",)


def frozen(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is kept of MLflow's runs: nothing that changes from one execution to the next."""
    return [
        run
        | {
            "tags": {
                key: "" if key in OTHER_TEXTS else value
                for key, value in run["tags"].items()
                if key not in OTHER_TAGS
            },
            "metrics": {
                key: None if key.endswith(TIMES) else value for key, value in run["metrics"].items()
            },
            "metric_info": sorted(run["metric_info"]),
        }
        for is_child in (False, True)
        for run in _ordered([run for run in runs if run["is_child"] == is_child])
    ]


def write_frozen(found: dict[str, Any]) -> None:
    """Keep what MLflow recorded, a few lines a run."""
    text = json.dumps(found, sort_keys=True, separators=(",", ":"))
    for name in ('"models":[', '"tags":{'):
        text = text.replace(name, f"\n{name}")
    FROZEN.write_text(f"{text}\n")


def read_frozen() -> dict[str, Any]:
    """What MLflow recorded, and with which versions."""
    found: dict[str, Any] = json.loads(FROZEN.read_text())
    return found


def differences(
    theirs: list[dict[str, Any]], ours: list[dict[str, Any]], *, exact: bool = True
) -> Iterator[str]:
    """Sentences; ``exact`` compares values and texts too, not only names."""
    for is_child in (False, True):
        left = [run for run in theirs if run["is_child"] == is_child]
        right = [run for run in ours if run["is_child"] == is_child]
        what = "child runs" if is_child else "runs"
        if len(right) != len(left):
            yield f"{what}: {len(left)} there, {len(right)} here"
        for number, (one, other) in enumerate(zip(_ordered(left), _ordered(right), strict=False)):
            place = f"child {number + 1}: " if is_child else ""
            for sentence in _of_run(one, other, exact):
                yield f"{place}{sentence}"


def _ordered(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(runs, key=lambda run: json.dumps(run["params"], sort_keys=True))


def _of_run(theirs: dict[str, Any], ours: dict[str, Any], exact: bool) -> Iterator[str]:
    for kind in ("params", "metrics", "tags"):
        yield from _of_values(kind, theirs[kind], ours[kind], exact)
    for kind in ("artifacts", "models", "metric_info"):
        for name in sorted(set(theirs[kind]) - set(ours[kind])):
            yield f"{kind}: {name} is missing"
    for context in {item for given in theirs["datasets"] for item in given}:
        if [context] not in ours["datasets"]:
            yield f"datasets: none with the context {context}"
    if any(theirs["digests"]) and not all(ours["digests"]):
        yield "datasets: one has no digest"


def _of_values(
    kind: str, theirs: dict[str, Any], ours: dict[str, Any], exact: bool
) -> Iterator[str]:
    for name, value in theirs.items():
        if name not in ours:
            yield f"{kind}: {name} is missing"
        elif exact and value not in ("", None) and not _same(value, ours[name]):
            yield f"{kind}: {name} is {ours[name]!r}, not {value!r}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (
            one != one and other != other
        )
    # Nested estimators are on one line here; scikit-learn breaks it.
    return "".join(one.split()) == "".join(other.split())
