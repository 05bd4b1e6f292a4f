"""`./dev release`: build everything that a release publishes, from a commit, into one folder.

    ./dev release [--commit COMMIT] [--out DIR] [--images] [--try]

The same commit gives the same bytes, on every machine and in every folder; images do not, as they contain the packages
of their base images of the day. docs/releasing.md describes how to check and publish them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.programs import ROOT
from tools.release.archives import extract
from tools.release.sums import write_sums

BUILD = "tools.release.build"
TESTS = ("tools.checks.run_tests", "tests/browser/packages/test_packages.py")
"""The tests of the npm packages, and what prepares them."""


def release(commit: str, out: Path, *, images: bool = False, node_modules: Path | None = None) -> None:
    """Build the release of a commit into `out`, which is emptied. node_modules: installed ones, instead of new ones.

    Raises subprocess.CalledProcessError if a step fails; it has printed why.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with exported(commit) as (tree, environment):
        if node_modules is not None:
            (tree / "web" / "node_modules").symlink_to(node_modules)
        command = [sys.executable, "-m", BUILD, str(out.resolve()), *(["--images"] if images else [])]
        subprocess.run(command, cwd=tree, env=environment, check=True)
    write_sums(out)


def try_packages(out: Path) -> int:
    """Install the npm packages of a release in all projects of tests/packages, and upload with them; the exit code."""
    command = [sys.executable, "-m", *TESTS]
    environment = {**os.environ, "RELEASED": str(out.resolve())}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


@contextmanager
def exported(commit: str) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield a folder with the commit's files, and the environment in which its own tools build them there."""
    seconds = _git("log", "-1", "--format=%ct", commit).decode().strip()
    with tempfile.TemporaryDirectory(prefix="longshore-release-") as folder:
        extract(_git("archive", "--format=tar", commit), Path(folder))
        yield Path(folder), {**os.environ, "PYTHONPATH": folder, "SOURCE_DATE_EPOCH": seconds}


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True).stdout


def wanted(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commit", default="HEAD", help="what is released; uncommitted changes never are")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--images", action="store_true", help="also the container images; needs Docker")
    parser.add_argument(
        "--try",
        action="store_true",
        dest="tried",
        help="also upload with the npm packages, in projects of all frameworks",
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Return the exit code."""
    options = wanted(arguments)
    try:
        release(options.commit, options.out, images=options.images)
    except subprocess.CalledProcessError as error:
        sys.stderr.write((error.stderr or b"").decode())
        sys.stderr.write(f"./dev release: {error.cmd[0]} failed; nothing was published\n")
        return 1
    for file in sorted(options.out.iterdir()):
        print(f"{file.stat().st_size:>12,}  {file}")
    return try_packages(options.out) if options.tried else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
