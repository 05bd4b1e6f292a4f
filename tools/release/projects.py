"""Projects of other people's tools in which the npm packages of a release are installed, as npm does it anywhere.

Their sources are in tests/packages, with one lock file for all: React, Vue, Svelte, Uppy, Vite and webpack for each run
of the tests, Next and SvelteKit (`devDependencies`) for `./dev release --try`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from tools.cache import kept
from tools.checks.web import node_environment
from tools.programs import ROOT

SOURCES = ROOT / "tests" / "packages"
PINS = ("package.json", "package-lock.json", ".npmrc")
BUILDS = {
    "plain-html": (),
    "vite-react": ("vite", "build", "--logLevel", "warn"),
    "vite-svelte": ("vite", "build", "--logLevel", "warn"),
    "vite-uppy": ("vite", "build", "--logLevel", "warn"),
    "vite-vue": ("vite", "build", "--logLevel", "warn"),
    "webpack": ("webpack",),
}
"""The projects for a browser, and the program that builds each."""
LONG_BUILDS = {
    "next": ("next", "build"),
    "sveltekit": ("vite", "build", "--logLevel", "warn"),
}
"""Those whose tools take as long to install and run as all others together. They render pages at build time."""


def installed(*, everything: bool = False) -> Path:
    """Return a folder with the node_modules of the projects, without our packages; it is filled on first use.

    everything: also Next and SvelteKit. Raises CalledProcessError if npm fails.
    """
    digest = sha256(b"".join((SOURCES / name).read_bytes() for name in PINS)).hexdigest()[:12]
    omitted = [] if everything else ["--omit=dev"]
    return kept(f"npm-projects{'-all' if everything else ''}-{digest}", lambda fresh: _install_pinned(fresh, omitted))


def _install_pinned(fresh: Path, omitted: Sequence[str]) -> None:
    print("fetching frameworks and bundlers for the tests of our npm packages (once) …", flush=True)
    fresh.mkdir()
    for name in PINS:
        shutil.copy(SOURCES / name, fresh)
    _npm(["ci", *omitted], fresh)


def create_projects(folder: Path, tarballs: Sequence[Path], *, everything: bool = False) -> None:
    """Copy the projects into a new folder, and install the tarballs there.

    everything: with what LONG_BUILDS need. Raises CalledProcessError if npm refuses a package, such as for its peers.
    """
    shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("package-lock.json"))
    if not everything:
        _remove_dev_dependencies(folder / "package.json")
    modules = installed(everything=everything) / "node_modules"
    try:
        # npm adds to a folder, and changes no file of it
        shutil.copytree(modules, folder / "node_modules", symlinks=True, copy_function=os.link)
    except shutil.Error:
        # on another file system
        shutil.copytree(modules, folder / "node_modules", symlinks=True, dirs_exist_ok=True)
    # only for the metadata of peers, which `npm ci` has not cached
    _npm(["install", "--prefer-offline", "--no-save", "--no-package-lock", *map(str, tarballs)], folder)


def _remove_dev_dependencies(package: Path) -> None:
    """Remove them from package.json: npm would fetch the metadata of all, also if it omits them."""
    described = json.loads(package.read_text())
    del described["devDependencies"]
    package.write_text(json.dumps(described))


def build_project(folder: Path, name: str) -> None:
    """Build a project that `create_projects` made. Raises CalledProcessError; its `stderr` has the program's output."""
    command = {**BUILDS, **LONG_BUILDS}[name]
    if command:
        program, *options = command
        _run([str(folder / "node_modules" / ".bin" / program), *options], folder / name)


def _npm(words: Sequence[str], folder: Path) -> None:
    _run(["npm", "--loglevel=error", *words], folder)


def _run(words: Sequence[str], folder: Path) -> None:
    environment = {**node_environment(), "NEXT_TELEMETRY_DISABLED": "1"}
    ran = subprocess.run(
        words, cwd=folder, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if ran.returncode:
        raise subprocess.CalledProcessError(ran.returncode, list(words), stderr=ran.stdout)
