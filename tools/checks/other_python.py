"""`python -m tools.checks.other_python`: the live flows, the client and one `./dev up` on another supported Python.

It chooses the newest installed Python if this is the oldest, else the oldest. `BOTH_ENDS=yes ./dev test --all` runs it
in place of those tests here. `--all` also runs unit, API and job tests; `--newest` prints the path of the newest
installed Python, and runs nothing.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from tools.cache import cache
from tools.checks.lock import PYTHONS
from tools.checks.suites import ELSEWHERE
from tools.programs import ROOT
from tools.stack.stores.store_env import find_python

SUPPORTED = tuple(name.removeprefix("python") for name in PYTHONS)
"""Versions, oldest first."""
CLIENT = ("tests/unit/client", "tests/unit/cli")
"""Tests of the code that users run on their own Python. The live flows run API, worker, sweeper and migrations."""
UNITS = ("tests/unit", "tests/api", "tests/jobs")
LEFT_OUT = (
    "tests/unit/deployment/test_compose_files.py",
    "tests/unit/documents/test_docs_site.py",
    "tests/unit/documents/test_documents.py",
    "tests/unit/deployment/test_kubernetes.py",
    "tests/unit/deployment/test_kubernetes_documents.py",
    "tests/unit/deployment/test_minio_identities.py",
    "tests/unit/documents/test_readme.py",
    "tests/unit/deployment/test_recipes.py::test_the_html_recipes_pass_the_type_check",
    "tests/unit/deployment/test_recipes.py::test_the_typescript_recipes_compile",
)
"""Tests of documents, manifests and TypeScript: they do not depend on the Python version, so one run is enough."""


def other_end(this: str) -> str | None:
    """Return the path of the Python that is farthest from version `this` ("3.11"), or None if there is no other one."""
    newest_first = SUPPORTED[::-1]
    wanted = newest_first if this == SUPPORTED[0] else SUPPORTED
    return next((found for version in wanted if version != this and (found := find_python(version))), None)


def newest() -> str | None:
    """Return the path of the newest supported Python that is installed (perhaps this one), or None if there is none."""
    return next((found for version in SUPPORTED[::-1] if (found := find_python(version))), None)


def run_on(python: str, tests: Sequence[str]) -> int:
    """Run tests in an environment that `./dev` creates with `python` and keeps; return the exit code."""
    venv = cache() / f"venv-{os.path.basename(python)}"
    environment = {**os.environ, "PYTHON": python, "LONGSHORE_VENV": str(venv)}
    options = ("-p", "no:cacheprovider", *(f"--deselect={test}" for test in LEFT_OUT))
    return subprocess.run(
        [str(ROOT / "dev"), "test", *options, *tests], env=environment, cwd=ROOT, check=False
    ).returncode


def main(arguments: Sequence[str]) -> int:
    """Return the exit code; if there is no other Python, 0, or 1 with CI=true."""
    if arguments == ["--newest"]:
        print(newest() or "")
        return 0
    python = other_end(f"{sys.version_info.major}.{sys.version_info.minor}")
    if python is None:
        print(f"no other Python of {', '.join(SUPPORTED)} is installed (on the PATH or by pyenv)")
        return 1 if os.environ.get("CI") == "true" else 0
    print(f"with {python}", flush=True)
    return run_on(python, [*ELSEWHERE, *(UNITS if arguments == ["--all"] else CLIENT)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
