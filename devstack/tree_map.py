"""Writes the README's map of the tree from the first line of every module:  python -m devstack.tree_map."""

import ast
import re
from pathlib import Path

from devstack.marked import rewritten
from devstack.tools import ROOT

START, END = "<!-- map: python -m devstack.tree_map -->\n```text\n", "```\n<!-- end of map -->"
PACKAGES = ("service", "jobs", "longshore", "migrations", "devstack", "chaos", "fuzz")
OTHERS = {
    "web/": "the engine (client/), the page (app/), the API's documentation page (docs/); its map: web/README.md",
    "tests/unit/": "pure rules, limits and properties",
    "tests/api/": "the API in one process: SQLite, moto, fakes",
    "tests/jobs/": "scans and sweeps, and what a crash leaves of them",
    "tests/doctor/": "`longshore doctor`: everything that it looks for, broken in a real deployment",
    "tests/live/": "the service as processes, on real storage, database, queue and scanner",
    "tests/browser/": "the page in real browsers: all of it in Chromium, what they may do differently in Firefox too",
    "tests/devstack/": "the parts that ./dev up runs",
    "tests/compose/": "docker-compose.yml on a Docker engine",
    "bench/": "benchmarks and their results: bench/README.md",
    "docs/": "how to use it, run it and understand it; tables and diagrams come from the code and from measurements",
    "clamav/": "signatures that clamd needs beside its own, and clamd's and freshclam's settings in their image",
    "Caddyfile": "the proxy in front of everything; its fragments are in deploy/caddy/",
    "deploy/": "fragments of the Caddyfile, secrets (samples, and how to make them), Redis' users, Kubernetes, alerts",
    "Dockerfile": "the images: service, caddy (with the page), clamav",
    "docker-compose.yml": "everything on one host; compose.dev.yaml and compose.s3.yaml go on top of it",
    "dev": "the one entry for developers: ./dev help",
    ".ci/run": "what CI runs: ./dev check, ./dev test --all, and docker-compose.yml on an engine",
    "setup.cfg": "metadata, dependencies, and the settings of pytest, coverage, mypy and Import Linter",
    "ruff.toml": "the formatter's and the linter's settings",
    "constraints.txt": "the exact version of every package; ./dev lock makes it",
    "requirements.lock": "the same with the hashes that pip requires; devstack/pins.py has the part that extras need",
    ".env.example": "every setting with a comment",
    ".pre-commit-config.yaml": "the quick checks, before each commit",
    "CONTRIBUTING.md": "the first change in ten minutes, and how things are done here",
    "SECURITY.md": "how to report a vulnerability, and what counts as one",
}


def lines() -> list[str]:
    """The map: a line a file, what stands in it after its name."""
    entries: list[tuple[str, str]] = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py"), key=lambda path: (path.parent, path.name)):
            name = str(path.relative_to(ROOT))
            entries.append((name.replace("__init__.py", ""), first_line(path)))
    entries += OTHERS.items()
    return [f"{name:<42} {what}" for name, what in entries]


def first_line(path: Path) -> str:
    """The first line of a module's docstring, without its full stop and without a command to run it."""
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return re.sub(r":?\s+python -m .*$", "", docstring.partition("\n")[0]).rstrip(".:")


def with_map(readme: str) -> str:
    """The README's text with a fresh map in it."""
    return rewritten(readme, START, END, "".join(line + "\n" for line in lines()))


if __name__ == "__main__":
    target = ROOT / "README.md"
    target.write_text(with_map(target.read_text()))
