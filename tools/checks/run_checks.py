"""`./dev check`: run all checks, also after a failure; the exit code is 0 if all passed."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.programs import ROOT

BIN = Path(sys.prefix) / "bin"
CHECKS = {
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "lint": [str(BIN / "ruff"), "check", "."],
    "types": [str(BIN / "mypy")],
    "imports": [str(BIN / "lint-imports")],
    "wording": [sys.executable, "-m", "tools.checks.plain_words"],
    "web": [sys.executable, "-m", "tools.checks.web", "check"],
}


def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command and capture its output."""
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def main() -> int:
    """Return the exit code."""
    failed = []
    with ThreadPoolExecutor(len(CHECKS)) as at_once:
        for name, ended in zip(CHECKS, at_once.map(run, CHECKS.values()), strict=True):
            print(f"== {name}\n{ended.stdout}", end="", flush=True)
            failed += [name] if ended.returncode else []
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
