"""Why a rerun gave something else, by evidence: data, packages, Python, seeds, the notebook."""

import ast
import sys
from collections.abc import Collection, Iterable, Sequence
from importlib import metadata
from typing import Any, Final

import msgspec

from jupyter_mltrack.capture.environment import read_environment
from jupyter_mltrack.entities import Environment, Run
from jupyter_mltrack.entities.rerun_views import CauseView, DataCheckView
from jupyter_mltrack.projects.metrics import SAME
from jupyter_mltrack.projects.seeds import list_unseeded
from jupyter_mltrack.query.certificate import NO, get_certificate
from jupyter_mltrack.query.source import parse_source
from jupyter_mltrack.store.contract import ReadStore

MAX_EVIDENCE: Final = 12


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of both sides.

    ``sources`` are those of the executed cells, ``environments`` the recorded one and that of the
    rerun, None where nothing is known. ``repeats`` says whether reruns agreed with each
    other, None when there was one. ``detours`` are the certificate's reasons why the notebook,
    from top to bottom, does not lead to the run.
    """

    sources: Sequence[str]
    data: Sequence[DataCheckView]
    changed_files: Sequence[str]
    environments: tuple[Environment | None, Environment | None]
    repeats: bool | None = None
    detours: Sequence[str] = ()


def find_causes(evidence: Evidence) -> list[CauseView]:
    """What may have made the difference, the likeliest first; never empty."""
    found = [
        _data(evidence),
        _packages(evidence),
        _python(evidence),
        _seed(evidence),
        _notebook(evidence),
    ]
    causes = [cause for cause in found if cause is not None]
    # Random numbers make other data too, unless a file is known to have changed.
    if _is_chance(evidence, causes):
        causes.sort(key=lambda cause: cause.kind not in ("seed", "chance"))
    if not causes:
        return [CauseView(kind="unknown", sentence="The cause was not found.", evidence=[])]
    return causes


def get_environments(
    store: ReadStore, original: Run, again: Run, python: str
) -> tuple[Environment | None, Environment | None]:
    """The recorded environments of a run and of its rerun, which was executed by ``python``."""
    before, after = _environment(store, original), _environment(store, again)
    if after is None and python == sys.executable:
        after = read_environment()
    return before, after


def list_detours(store: ReadStore, run: Run) -> list[str]:
    """Why the notebook, executed from top to bottom, surely does not lead to the run."""
    certificate = get_certificate(store, run.info.run_id)
    return [reason.text for reason in certificate.reasons] if certificate.verdict == NO else []


def _environment(store: ReadStore, run: Run) -> Environment | None:
    session = store.find_session(run.info.session_id)
    if session is None or not session.environment:
        return None
    return store.find_environment(session.environment)


def _data(evidence: Evidence) -> CauseView | None:
    changed = [check.name for check in evidence.data if check.status != SAME]
    files = list(evidence.changed_files)
    if not changed and not files:
        return None
    parts = []
    if changed:
        parts.append(f"The data is another: {_listed(changed)}.")
    if files:
        parts.append(f"Written since the run: {_listed(files)}.")
    return _cause("data", " ".join(parts), [*changed, *files])


def _packages(evidence: Evidence) -> CauseView | None:
    before, after = evidence.environments
    changes = list_package_changes(before, after) if before and after else []
    if not changes:
        return None
    used = imported_distributions(evidence.sources)
    changes.sort(key=lambda change: change[0] not in used)
    told = [f"{name} {old or 'none'} → {new or 'none'}" for name, old, new in changes]
    count = sum(name in used for name, _, _ in changes)
    if count:
        sentence = f"Packages that the notebook imports changed: {_listed(told[:count])}."
    else:
        sentence = f"Packages changed, none that the notebook imports: {_listed(told)}."
    return _cause("packages", sentence, told)


def list_package_changes(before: Environment, after: Environment) -> list[tuple[str, str, str]]:
    """Name, old and new version of packages that differ; empty where one is not installed."""
    names = sorted(set(before.packages) | set(after.packages))
    pairs = [(name, before.packages.get(name, ""), after.packages.get(name, "")) for name in names]
    return [(name, old, new) for name, old, new in pairs if old != new]


def imported_distributions(sources: Iterable[str]) -> set[str]:
    """Names of the installed packages that provide the modules which these sources import."""
    modules = {module for source in sources for module in _imports(source)}
    providers = metadata.packages_distributions()
    names = {name for module in modules for name in providers.get(module, [module])}
    return {name.lower().replace("_", "-") for name in names}


def _imports(source: str) -> Collection[str]:
    tree = parse_source(source)
    names: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def _python(evidence: Evidence) -> CauseView | None:
    before, after = evidence.environments
    if before is None or after is None or before.python_version == after.python_version:
        return None
    change = f"{before.python_version} → {after.python_version}"
    return _cause("python", f"Python changed: {change}.", [change])


def _seed(evidence: Evidence) -> CauseView | None:
    calls = list_unseeded(evidence.sources)
    if evidence.repeats is True:
        return None  # reruns agree with each other: chance has no part in it
    if calls:
        sentence = f"No seed is set for {_listed(calls)}."
        if evidence.repeats is False:
            sentence += " Reruns differ from each other, too."
        return _cause("seed", sentence, calls)
    if evidence.repeats is False:
        sentence = "Reruns differ from each other: chance, or the order of parallel work."
        return _cause("chance", sentence, [])
    return None


def _notebook(evidence: Evidence) -> CauseView | None:
    if not evidence.detours:
        return None
    told = _listed(evidence.detours)
    sentence = f"The notebook, executed from top to bottom, does not lead here: {told}."
    return _cause("notebook", sentence, evidence.detours)


def _is_chance(evidence: Evidence, causes: Sequence[CauseView]) -> bool:
    kinds = {cause.kind for cause in causes}
    if not kinds & {"seed", "chance"}:
        return False
    return evidence.repeats is False or not evidence.changed_files


def _cause(kind: str, sentence: str, evidence: Sequence[str]) -> CauseView:
    return CauseView(kind=kind, sentence=sentence, evidence=list(evidence)[:MAX_EVIDENCE])


def _listed(items: Sequence[Any], limit: int = 4) -> str:
    shown = ", ".join(str(item) for item in items[:limit])
    return f"{shown} and {len(items) - limit} more" if len(items) > limit else shown


def running_python() -> str:
    """Version of the Python that runs us, to the minor number."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"
