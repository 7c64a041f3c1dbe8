"""What a trial is given (seed, size, directory), and what it counts."""

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

MAX_FAULTS = 20


@dataclass
class Outcome:
    """The figures of one trial; ``faults`` are the promises that were not kept, in sentences."""

    name: str
    trials: int = 0
    acknowledged: int = 0
    lost: int = 0
    duplicated: int = 0
    worst_recovery: float = 0.0
    notes: dict[str, object] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(text)

    def expect(self, kept: object, text: str) -> None:
        if not kept:
            self.fault(text)

    def recovered_in(self, seconds: float) -> None:
        self.worst_recovery = max(self.worst_recovery, seconds)

    def worst(self, note: str, figure: float) -> None:
        """Keep the largest of a figure among the notes."""
        self.notes[note] = max(float(str(self.notes.get(note, 0))), round(float(figure), 4))

    def tally(self, note: str) -> None:
        """Count something among the notes."""
        self.notes[note] = int(str(self.notes.get(note, 0))) + 1

    def add(self, other: "Outcome") -> None:
        """Add what a part of the trial counted in another process."""
        self.trials += other.trials
        self.acknowledged += other.acknowledged
        self.lost += other.lost
        self.duplicated += other.duplicated
        self.recovered_in(other.worst_recovery)
        for key, value in other.notes.items():
            known = self.notes.get(key)
            if isinstance(value, float) and isinstance(known, float):
                self.notes[key] = max(value, known)
            elif isinstance(value, int) and isinstance(known, int):
                self.notes[key] = value + known
            else:
                self.notes[key] = value
        for fault in other.faults:
            self.fault(fault)

    def line(self) -> str:
        notes = "".join(f"; {key} {value}" for key, value in self.notes.items())
        return (
            f"{self.name:44} {'FAULT' if self.is_bad() else 'ok':5} {self.trials:6} trials"
            f" {self.acknowledged:9} acknowledged {self.lost:5} lost {self.duplicated:5} duplicated"
            f"  worst recovery {self.worst_recovery:.2f} s{notes}"
        )

    def is_bad(self) -> bool:
        return bool(self.faults or self.lost or self.duplicated)


class Trial:
    """One trial: ``whole`` or short, everything random from ``random``, files in ``directory``."""

    def __init__(self, name: str, seed: int, directory: Path, *, whole: bool) -> None:
        self.seed = seed
        self.whole = whole
        self.random = random.Random(f"{name} {seed}")
        self.directory = directory
        self.outcome = Outcome(name)
        self._numbers = iter(range(10**9))

    def count(self, short: int, whole: int) -> int:
        return whole if self.whole else short

    def new_directory(self) -> Path:
        """A directory of its own."""
        path = self.directory / f"{next(self._numbers):05d}"
        path.mkdir(parents=True)
        return path

    @contextmanager
    def fresh_directory(self) -> Iterator[Path]:
        """A directory that is removed afterwards: whole counts would fill the disk."""
        path = self.new_directory()
        yield path
        shutil.rmtree(path, ignore_errors=True)

    def check(self) -> Outcome:
        """Raise what was found; the seed is part of it."""
        outcome = self.outcome
        if outcome.is_bad():
            faults = "\n".join(outcome.faults)
            raise AssertionError(f"{outcome.line()}\nseed {self.seed}\n{faults}")
        return outcome


def default_seed() -> int:
    """Another seed each time, unless ``MLTRACK_FAULTS_SEED`` repeats one."""
    named = os.environ.get("MLTRACK_FAULTS_SEED")
    return int(named) if named else random.SystemRandom().randrange(10**6)
