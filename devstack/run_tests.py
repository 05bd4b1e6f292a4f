"""`./dev test [PYTEST ARGUMENTS]`: all tests, the page's and pytest's, with coverage; with arguments pytest's alone."""

import subprocess
import sys
from collections.abc import Sequence

from devstack import debian, web
from devstack.tools import ROOT


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0 only when everything passed and coverage is over its bar (setup.cfg)."""
    if debian.is_root_on_debian():
        debian.install_missing()
    web.build()
    pytest = [sys.executable, "-m", "pytest"]
    if arguments:
        return subprocess.run([*pytest, *arguments], check=False).returncode
    print("== the page's tests", flush=True)
    page = web.run_script("test")
    print("== the service's tests", flush=True)
    service = subprocess.run([*pytest, "--cov", "--cov-report=term"], cwd=ROOT, check=False).returncode
    if page:
        print("FAILED: the page's tests (further up)")
    return page or service


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (web.WebError, subprocess.CalledProcessError) as error:
        sys.exit(f"./dev test: {error}")
