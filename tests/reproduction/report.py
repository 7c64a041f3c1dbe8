"""What was found of notebooks, and the table that says it."""

import json
from collections import Counter
from pathlib import Path

import msgspec


class RunResult(msgspec.Struct, kw_only=True):
    """One run, exported and executed again.

    ``verdict`` is ``reproduced``, ``no seed`` (two executions of the whole notebook differ in what
    did not come out again) or ``failed``, for the ``reason``.
    """

    name: str
    cell: int
    metrics: int
    verdict: str
    reason: str = ""
    certificate: str = ""


class TrialResult(msgspec.Struct, kw_only=True):
    """One use of a notebook as people use notebooks."""

    what: str
    runs: list[RunResult]
    certificates: list[str] = []
    wrong: list[str] = []


class NotebookResult(msgspec.Struct, kw_only=True):
    """All that was found of one notebook; ``left_out`` says why nothing was."""

    name: str
    left_out: str = ""
    seconds: float = 0.0
    cells: int = 0
    items: int = 0
    differences: list[str] = []
    lost: list[str] = []
    runs: list[RunResult] = []
    exports: int = 0
    trials: list[TrialResult] = []
    trouble: str = ""

    def all_runs(self) -> list[RunResult]:
        """Those of the execution from top to bottom and those of all trials."""
        return [*self.runs, *(run for trial in self.trials for run in trial.runs)]

    def is_bad(self) -> bool:
        """Whether tracking changed something, an export failed or a certificate was wrong."""
        failed = any(run.verdict == "failed" for run in self.all_runs())
        wrong = any(trial.wrong for trial in self.trials)
        alarms = any(run.certificate == "no" for run in self.runs)
        return bool(failed or wrong or alarms or self.differences or self.lost or self.trouble)


def print_table(results: list[NotebookResult]) -> None:
    """One line a notebook, the totals, then everything that is not as it should be."""
    head = ("notebook", "s", "cells", "compared", "differ", "runs", "exports", "metrics")
    rows = [(*head, "reproduced", "no seed", "failed", "yes/no/unknown", "trials")]
    rows += [_row(result) for result in results if not result.left_out]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        print("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)))
    print(_totals(results))
    for result in results:
        for line in list_remarks(result):
            print(f"{result.name}: {line}")


def save_report(results: list[NotebookResult], file: Path) -> None:
    """Everything, as JSON."""
    plain = msgspec.to_builtins(results)
    file.write_text(json.dumps(plain, indent=1, ensure_ascii=False))


def _row(result: NotebookResult) -> tuple[str, ...]:
    verdicts = Counter(run.verdict for run in result.runs)
    certificates = Counter(run.certificate for run in result.runs)
    shown = "/".join(str(certificates[answer]) for answer in ("yes", "no", "unknown"))
    return (
        result.name[-60:],
        f"{result.seconds:.0f}",
        str(result.cells),
        str(result.items),
        str(len(result.differences)),
        str(len(result.runs)),
        str(result.exports),
        str(sum(run.metrics for run in result.runs)),
        str(verdicts["reproduced"]),
        str(verdicts["no seed"]),
        str(verdicts["failed"]),
        shown,
        _trials(result),
    )


def _trials(result: NotebookResult) -> str:
    runs = [run for trial in result.trials for run in trial.runs]
    good = sum(run.verdict != "failed" for run in runs)
    return f"{good} of {len(runs)}" if result.trials else "-"


def _totals(results: list[NotebookResult]) -> str:
    used = [result for result in results if not result.left_out]
    runs = [run for result in used for run in result.runs]
    trials = [trial for result in used for trial in result.trials]
    tried = [run for trial in trials for run in trial.runs]
    certificates = Counter(answer for trial in trials for answer in trial.certificates)
    wrong = sum(len(trial.wrong) for trial in trials)
    lines = [
        f"{len(used)} notebooks ({len(results) - len(used)} left out), "
        f"{sum(result.items for result in used)} things shown compared with tracking off and on, "
        f"{sum(len(result.differences) for result in used)} differ",
        f"{len(runs)} runs, {sum(run.metrics for run in runs)} metrics: {_count(runs)}",
    ]
    if trials:
        lines.append(f"{len(trials)} trials, {len(tried)} runs: {_count(tried)}")
        lines.append(f"certificates of trials: {dict(sorted(certificates.items()))}, {wrong} wrong")
    return "\n".join(lines)


def _count(runs: list[RunResult]) -> str:
    return str(dict(sorted(Counter(run.verdict for run in runs).items())))


def list_remarks(result: NotebookResult) -> list[str]:
    """Everything that is not as it should be, and why, in sentences."""
    remarks = [f"left out: {result.left_out}"] if result.left_out else []
    remarks += [f"trouble: {result.trouble}"] if result.trouble else []
    remarks += [f"differs: {difference}" for difference in result.differences]
    remarks += [f"not recorded: {line}" for line in result.lost]
    remarks += [_about(run) for run in result.runs if _is_remarkable(run)]
    for trial in result.trials:
        remarks += [f"{trial.what}: {_about(run)}" for run in trial.runs if run.reason]
        remarks += [f"{trial.what}: {line}" for line in trial.wrong]
    return remarks


def _is_remarkable(run: RunResult) -> bool:
    return bool(run.reason) or run.certificate == "no"


def _about(run: RunResult) -> str:
    alarm = "; certificate no" if run.certificate == "no" else ""
    return f"{run.verdict}, run {run.name} of cell {run.cell}: {run.reason}{alarm}"
