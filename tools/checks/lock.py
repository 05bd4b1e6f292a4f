"""`./dev lock`: resolve all that setup.cfg names on each supported Python, and pin the result in constraints.txt.

requirements.lock has the same packages with the hashes of their files, which pip requires when it installs them.

The oldest Python is resolved first, and the newer ones use its choice, so that one file serves all.
"""

import subprocess
import sys
import tempfile
from configparser import ConfigParser
from pathlib import Path

from tools.programs import ROOT, find

PYTHONS = ("python3.11", "python3.12", "python3.13")
INSTALLERS = ("pip>=26", "setuptools>=77")
"""Python 3.11 brings a pip that takes twice the time, and a setuptools that is too old for pyproject.toml."""
HEADER = """\
# Made by `./dev lock`; do not edit. Every package of every extra, pinned, for Python 3.11, 3.12 and 3.13.
# An upgrade of one package: change its line, run `./dev test`. Of all: run `./dev lock`.
"""
LOCK_HEADER = """\
# Made by `./dev lock`; do not edit. The packages of constraints.txt with the hashes of all their files.
"""
UV = (
    *("--quiet", "--no-header", "--annotation-style=split", "--generate-hashes", "--universal", "--no-strip-extras"),
    *("--python-version", "3.11.5", "--constraints", "constraints.txt"),
)


def resolve(python: str, pinned: dict[str, str], folder: Path) -> dict[str, str]:
    """Install everything into a new environment of `python` under the pins so far; return name → version."""
    constraints = folder / "pins.txt"
    constraints.write_text(_lines(pinned))
    environment = folder / Path(python).name
    subprocess.run([python, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", "--upgrade", "-c", str(constraints), *INSTALLERS], check=True)
    wanted = requirements(folder)
    subprocess.run(
        [*pip, "install", "-q", "--no-build-isolation", "-c", str(constraints), "-r", str(wanted)], check=True
    )
    subprocess.run([*pip, "check"], check=True)
    frozen = subprocess.run([*pip, "list", "--format=freeze"], check=True, capture_output=True, text=True).stdout
    found = dict(line.split("==") for line in frozen.splitlines())
    return {name: version for name, version in found.items() if name.lower() != "longshore"}


def requirements(folder: Path) -> Path:
    """Write a file with all packages that the project, its extras and its environments name, and what builds them."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    groups = [setup["options"]["install_requires"], *setup["options.extras_require"].values()]
    path = folder / "requirements.txt"
    path.write_text("\n".join([*INSTALLERS, *groups, *setup["environments"].values()]))
    return path


def add_hashes(folder: Path) -> None:
    """Write requirements.lock by uv, which finds the hashes of the files for all systems and Pythons."""
    environment = folder / "uv"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = str(environment / "bin" / "python")
    subprocess.run([python, "-m", "pip", "--disable-pip-version-check", "install", "-q", "uv"], check=True)
    target, wanted = folder / "requirements.lock", requirements(folder)
    # file names in its output are relative to ROOT
    subprocess.run(
        [str(environment / "bin" / "uv"), "pip", "compile", *UV, "-o", str(target), str(wanted)],
        cwd=ROOT,
        check=True,
    )
    locked = target.read_text().replace(f"-r {wanted}", "longshore (setup.cfg)")
    (ROOT / "requirements.lock").write_text(LOCK_HEADER + locked)


def _lines(pinned: dict[str, str]) -> str:
    return "".join(f"{name}=={version}\n" for name, version in sorted(pinned.items(), key=lambda pin: pin[0].lower()))


def main() -> int:
    """Write constraints.txt; return the exit code."""
    pythons = [found for name in PYTHONS if (found := find(name)) and _runs(found)]
    if len(pythons) < len(PYTHONS):
        print(f"this command needs all of {', '.join(PYTHONS)}; found: {', '.join(pythons) or 'none'}", file=sys.stderr)
        return 1
    pinned: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for python in pythons:
            print(f"resolving with {python} (minutes) …", flush=True)
            pinned |= resolve(python, pinned, Path(folder))
        (ROOT / "constraints.txt").write_text(HEADER + _lines(pinned))
        add_hashes(Path(folder))
    print(f"constraints.txt: {len(pinned)} packages")
    return 0


def _runs(python: str) -> bool:
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
