"""Mutation tests of the browser's upload engine (web/client) for `./dev mutants`, by Stryker.

Stryker is installed into web/mutants on first need, and works in a copy of web/ in build/engine-mutants. Faults without
an observable effect are in tools/checks/equivalent_engine_mutants.txt, each with its reason.
"""

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tools.checks.web import WEB, install_packages, node_environment
from tools.programs import ROOT

ENGINE = "web/client"
NOT_CODE = ("!client/tests/**", "!client/dist/**", "!client/*.config.ts", "!client/store/dropzone.ts")
"""The dropzone's tests need a DOM: those of the adapters."""
TOOL = WEB / "mutants"
REPORT = ROOT / "build" / "engine-mutants" / "report.json"
EQUIVALENT = Path(__file__).with_name("equivalent_engine_mutants.txt")
ENOUGH = 0.9
"""The share of the faults that the tests must detect."""
NOTICED = ("Killed", "Timeout")
MISSED = ("Survived", "NoCoverage")


@dataclass(frozen=True)
class Fault:
    """A planted fault: the module below web/, the line where it begins, and what it makes of that line."""

    module: str
    line: str
    changed: str

    def __str__(self) -> str:
        return f"{self.module}\n- {self.line}\n+ {self.changed}\n"


def split(paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """Split paths into those of the engine and the others."""
    engine: list[str] = []
    others: list[str] = []
    for path in paths:
        (engine if PurePosixPath(path).is_relative_to(ENGINE) else others).append(path)
    return engine, others


def patterns(paths: Iterable[str]) -> list[str]:
    """Return Stryker's patterns for these modules and folders of the engine, relative to web/."""
    names = [path.removeprefix("web/").rstrip("/") for path in paths]
    return [*(name if name.endswith(".ts") else f"{name}/**/*.ts" for name in names), *NOT_CODE]


def faults(report: dict[str, Any]) -> Iterator[tuple[Fault, int, str]]:
    """Yield each fault of Stryker's report, the number of its line, and its outcome (`Killed`, `Survived` ...)."""
    for module, file in report["files"].items():
        lines = file["source"].split("\n")
        for mutant in file["mutants"]:
            start, end = mutant["location"]["start"], mutant["location"]["end"]
            line = lines[start["line"] - 1]
            before, after = line[: start["column"] - 1], lines[end["line"] - 1][end["column"] - 1 :]
            changed = " ".join((before + mutant["replacement"] + after).split())
            yield Fault(module, " ".join(line.split()), changed), start["line"], mutant["status"]


def equivalent(text: str) -> dict[Fault, str]:
    """Return the reasons by fault, from blocks: `#` lines with the reason, then a fault as `Fault` prints it."""
    found = {}
    for block in text.split("\n\n"):
        lines = block.strip().split("\n")
        reason = " ".join(line.removeprefix("#").strip() for line in lines if line.startswith("#"))
        rest = [line for line in lines if line and not line.startswith("#")]
        if rest:
            module, line, changed = rest
            found[Fault(module, line.removeprefix("- "), changed.removeprefix("+ "))] = reason
    return found


def missed(report: dict[str, Any], known: Iterable[Fault]) -> tuple[list[str], float]:
    """Return a report of the undetected faults without the known ones, and the share of detected ones."""
    ignored = set(known)
    counted = [each for each in faults(report) if each[0] not in ignored and each[2] in NOTICED + MISSED]
    lines = [f"line {number} of {fault}" for fault, number, status in counted if status in MISSED]
    return lines, 1 - len(lines) / len(counted) if counted else 0.0


def run(paths: Sequence[str], processes: int) -> int:
    """Try the faults of these modules and folders; return the exit code: 0 if enough of them were detected."""
    environment = node_environment()
    for folder in (WEB, TOOL):
        install_packages(folder)
    REPORT.unlink(missing_ok=True)
    tool = TOOL / "node_modules" / "@stryker-mutator" / "core" / "bin" / "stryker.js"
    command = ["node", str(tool), "run", "mutants/stryker.config.json", "--concurrency", str(processes)]
    command += ["--mutate", ",".join(patterns(paths))]
    if code := subprocess.run(command, cwd=WEB, env=environment, check=False).returncode:
        return code
    lines, share = missed(json.loads(REPORT.read_text()), equivalent(EQUIVALENT.read_text()))
    print("\n".join(lines))
    print(f"{share:.1%} detected, {len(lines)} missed in {ENGINE}")
    return 0 if share >= ENOUGH else 1
