"""Private Python environments for the stores that come from PyPI: their dependencies clash with ours."""

import os
import subprocess
from hashlib import sha256
from pathlib import Path

from tools.cache import kept
from tools.programs import find
from tools.stack.processes.part import PartError

PINS = Path(__file__).parent / "pins"
"""A file per store, NAME.txt: all packages of its environment with their versions."""


def version(name: str, package: str) -> str:
    """Return the pinned version of a store's `package`."""
    pins = dict(line.split("==") for line in _file(name).read_text().splitlines() if "==" in line)
    return pins[package]


def environment(name: str, python: str) -> str:
    """Return the Python of store `name`'s environment with its pinned packages; created on first use, by pip.

    python: the program that creates it. Other pins make another environment. Raises PartError if pip fails.
    """
    pins = _file(name)
    digest = sha256(f"{python}\n{pins.read_text()}".encode()).hexdigest()[:12]
    return str(kept(f"{name}-{digest}", lambda fresh: _make(fresh, python, pins)) / "bin" / "python")


def find_python(version: str) -> str | None:
    """Return a Python of this version ("3.13") that can create environments, on the PATH or pyenv's, or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [find(f"python{version}"), *map(str, sorted(pyenv.glob(f"{version}.*/bin/python{version}")))]
    return next((python for python in candidates if python and _makes_environments(python)), None)


def _makes_environments(python: str) -> bool:
    # a Python on the PATH may be pyenv's shim of a disabled version, or Debian's without venv
    return subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0


def _file(name: str) -> Path:
    return PINS / f"{name}.txt"


def _make(fresh: Path, python: str, pins: Path) -> None:
    print(f"fetching {pins.stem} for the tests (half a minute, once) …", flush=True)
    # a complete environment is renamed, which breaks only the scripts in bin/, and they are not used
    pip = [str(fresh / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps"]
    for command in ([python, "-m", "venv", str(fresh)], [*pip, "-r", str(pins)]):
        result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if result.returncode:
            raise PartError(f"{' '.join(command)} failed:\n{result.stdout}{result.stderr}")
