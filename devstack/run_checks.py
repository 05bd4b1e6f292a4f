"""`./dev check`: every check runs, also after one has failed; the exit code says whether all passed."""

import subprocess
import sys
from pathlib import Path

from devstack.tools import ROOT

BIN = Path(sys.prefix) / "bin"
CHECKS = {
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "lint": [str(BIN / "ruff"), "check", "."],
    "types": [str(BIN / "mypy")],
    "imports": [str(BIN / "lint-imports")],
    "web": [sys.executable, "-m", "devstack.web", "check"],
}


def main() -> int:
    """Returns the exit code."""
    failed = []
    for name, command in CHECKS.items():
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
