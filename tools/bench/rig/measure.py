"""Measuring: contestants take turns, the median of their rounds counts, and ratios are ratios of medians."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROUNDS = 7


@dataclass(frozen=True)
class Claim:
    """A figure with a goal, which is its minimum, or its maximum if less is better: a ratio, or a figure in `unit`."""

    what: str
    figure: float
    goal: float
    at_most: bool = False
    unit: str = "×"

    @property
    def met(self) -> bool:
        return self.figure <= self.goal if self.at_most else self.figure >= self.goal


@dataclass(frozen=True)
class Report:
    """The figures of one benchmark. medians: by contestant, in `unit`; rounds: the figures behind each median."""

    name: str
    unit: str
    medians: dict[str, float]
    rounds: dict[str, list[float]]
    claims: list[Claim]
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine()}


def take_turns(contestants: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Return the seconds of each contestant, round by round, without a first round to warm up."""
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            gc.collect()
            start = time.perf_counter()
            run()
            seconds = time.perf_counter() - start
            if number:
                taken[name].append(seconds)
    return taken


def medians(rounds: Mapping[str, list[float]]) -> dict[str, float]:
    """Return the median of each contestant's rounds."""
    return {name: statistics.median(taken) for name, taken in rounds.items()}


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the seconds of processor time that all threads of these processes have used, to the microsecond."""
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def machine() -> dict[str, Any]:
    """Describe the machine of the figures."""
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []
