"""`./dev sweep [--data DIR] [--json]`: run one sweep in a running `./dev up`, and print its report."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.programs import ROOT, python_env, python_module
from tools.stack.environment import environment_of
from tools.stack.processes.part import PartError


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Parse the command line: `data` and `json`."""
    parser = argparse.ArgumentParser(prog="./dev sweep", description="Run one sweep and print its report.")
    parser.add_argument(
        "--data", type=Path, default=ROOT / ".data", help="folder of the running ./dev up (default: .data)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser.parse_args(words)


def sweep(data: Path) -> dict[str, Any]:
    """Run one sweep and return its report. Raises PartError if it fails."""
    result = subprocess.run(
        python_module("jobs.sweep"),
        env={**os.environ, **python_env(), **environment_of(data)},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise PartError(f"the sweep failed:\n{result.stderr}")
    return dict(json.loads(result.stdout))


def readable(report: Mapping[str, Any]) -> str:
    """Return the report as a table: counts, stored bytes, errors."""
    counts = {name.replace("_", " "): value for name, value in report.items() if isinstance(value, int)}
    stored = {f"stored, {state}": size for state, size in report["stored"].items()}
    lines = [f"{name:<22}{value:>22,}" for name, value in counts.items()]
    lines += [f"{name:<22}{size:>22,} bytes" for name, size in stored.items()]
    return "\n".join([*lines, *(f"failed: {error}" for error in report["errors"])])


def main(words: Sequence[str]) -> int:
    """Return the exit code: 1 also if a step of the sweep failed."""
    chosen = arguments(words)
    try:
        report = sweep(chosen.data.absolute())
    except PartError as error:
        print(f"./dev sweep: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report, indent=2) if chosen.json else readable(report))
    return 1 if report["errors"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
