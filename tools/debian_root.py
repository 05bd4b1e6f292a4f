"""Packages of another Debian suite in a separate folder, created once per machine, and commands that run in it."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.cache import kept
from tools.debian import is_root_on_debian
from tools.programs import find, program
from tools.stack.processes.part import PartError

SID = "sid"
# the path of a part's own folder inside the packages' root
INSIDE = "/srv/longshore"
# a private mount namespace: only this process has proc, dev and the part's folder in the root
ENTER = """
mount --bind /proc "$0/proc"
mount --bind /dev "$0/dev"
mount --bind "$1" "$0$2"
shift 2
exec chroot "$0" "$@"
"""
APT_OPTIONS = (
    # a mirror may be a frozen copy, whose lists are too old
    "Acquire::Check-Valid-Until false",
    "Acquire::Check-Date false",
    'Acquire::Languages "none"',
)


def unavailable() -> str | None:
    """Return why such folders cannot be created here, or None if they can."""
    if not is_root_on_debian():
        return "packages of another Debian suite need root on Debian"
    if not find("mmdebstrap"):
        return "no mmdebstrap here (on Debian: apt install mmdebstrap)"
    unshare = find("unshare")
    if not unshare or subprocess.run([unshare, "-m", "true"], capture_output=True, check=False).returncode:
        return "this machine allows no mounts"
    return None


def root_with(name: str, suite: str, packages: str, options: Sequence[str] = ()) -> Path:
    """Return the cache's folder `name-suite` with these packages (comma-separated); create it if it does not exist.

    options: more options of mmdebstrap. Raises PartError if it cannot be created.
    """
    return kept(f"{name}-{suite}", lambda fresh: _make(name, suite, packages, options, fresh))


def inside(root: Path, folder: Path, argv: Sequence[str]) -> list[str]:
    """Return the command line that runs `argv` in the packages' `root`, with `folder` as INSIDE; its pid stays."""
    view = [program("unshare"), "--mount", "--propagation", "private", "sh", "-ec", ENTER]
    return [*view, str(root), str(folder), INSIDE, *argv]


def run(command: Sequence[str]) -> str:
    """Run a command and return its output. Raises PartError with what it printed when it fails."""
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if result.returncode:
        raise PartError(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}")
    return result.stdout


def installed_version(root: Path, package: str) -> str:
    """Return Debian's version of a package in the folder, without the revision, or `?` if it is not installed there."""
    known = (root / "var/lib/dpkg/status").read_text()
    found = re.search(rf"^Package: {re.escape(package)}\n(?:.+\n)*?Version: ([\d.]+)", known, re.MULTILINE)
    return found.group(1) if found else "?"


def _make(name: str, suite: str, packages: str, options: Sequence[str], fresh: Path) -> None:
    print(f"fetching {name}'s packages for the tests (once, one to two minutes) …", flush=True)
    command = [program("mmdebstrap"), "--quiet", f"--include={packages}", *options]
    command += [f"--aptopt={option}" for option in APT_OPTIONS]
    command += ["--dpkgopt=force-unsafe-io", "--dpkgopt=path-exclude=/usr/share/man/*"]
    run([*command, suite, str(fresh), _archive()])
    (fresh / INSIDE.lstrip("/")).mkdir(parents=True)


def _archive() -> str:
    """Return the Debian archive that this machine's apt uses."""
    places = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for place in places:
        text = place.read_text() if place.is_file() else ""
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        found = re.search(r"https?://\S+/debian/?(?=\s|$)", "\n".join(lines))
        if found:
            return found.group().rstrip("/")
    raise PartError("apt on this machine has no Debian archive")
