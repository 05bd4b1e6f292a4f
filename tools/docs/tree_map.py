"""Write docs/map.md, a line per file, from the first line of every module:  python -m tools.docs.tree_map."""

import ast
import re
from pathlib import Path

from tools.docs.generated_blocks import rewritten
from tools.programs import ROOT

TARGET = ROOT / "docs" / "map.md"
START, END = "<!-- map: python -m tools.docs.tree_map -->\n```text\n", "```\n<!-- end of map -->"
PACKAGES = ("service", "jobs", "longshore", "migrations", "tools")
OTHERS = {
    "web/": "the upload engine (client/), the pages (app/, admin/), the API document (docs/); its map: web/README.md",
    "examples/": "four small applications next to ./dev up: examples/README.md",
    "tests/unit/": "pure rules, limits and properties",
    "tests/api/": "the API in one process: SQLite, moto, fakes",
    "tests/jobs/": "scans and sweeps, and their recovery after crashes",
    "tests/doctor/": "`longshore doctor`: each of its checks, with that fault in a real deployment",
    "tests/live/": "the service as processes, on real storage, database, queue and scanner",
    "tests/browser/": "the page in real browsers: everything in Chromium, and browser differences in Firefox",
    "tests/stack/": "the parts that ./dev up runs",
    "tests/compose/": "docker-compose.yml on a Docker engine",
    "tools/bench/": "benchmarks and their results: tools/bench/README.md",
    "docs/": "the manual; its tables and diagrams come from the code and from measurements",
    "deploy/clamav/": "additional signatures for clamd, and the settings of clamd and freshclam in their image",
    "Caddyfile": "the public proxy's configuration; its fragments are in deploy/caddy/",
    "deploy/": "Caddy fragments, secrets (samples, and a script that creates them), Redis users, Kubernetes, alerts",
    "Dockerfile": "the images: service, caddy (with the page), clamav",
    "docker-compose.yml": "everything on one host; compose.dev.yaml and compose.s3.yaml extend it",
    "dev": "the entry point for developers: ./dev help",
    ".ci/run": "what CI runs: ./dev check, ./dev test --all, and docker-compose.yml on an engine",
    "setup.cfg": "metadata, dependencies, and the settings of pytest, coverage, mypy and Import Linter",
    "ruff.toml": "the formatter's and the linter's settings",
    "constraints.txt": "the exact version of every package; ./dev lock writes it",
    "requirements.lock": "the same with the hashes that pip requires; tools/checks/pins.py selects those of an extra",
    ".env.example": "every setting with a comment",
    ".pre-commit-config.yaml": "the quick checks, before each commit",
    "CONTRIBUTING.md": "the first change in ten minutes, and the rules of the project",
    "SECURITY.md": "how to report a vulnerability, and what counts as one",
}


def lines() -> list[str]:
    """Return the lines of the map: the name of each file and the first line of its docstring."""
    entries: list[tuple[str, str]] = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py"), key=lambda path: (path.parent, path.name)):
            name = str(path.relative_to(ROOT))
            entries.append((name.replace("__init__.py", ""), first_line(path)))
    entries += OTHERS.items()
    return [f"{name:<42} {what}" for name, what in entries]


def first_line(path: Path) -> str:
    """Return the first line of a module's docstring, without its full stop and its command."""
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return re.sub(r":?\s+python -m .*$", "", docstring.partition("\n")[0]).rstrip(".:")


def with_map(page: str) -> str:
    """Return the text of docs/map.md with a new map."""
    return rewritten(page, START, END, "".join(line + "\n" for line in lines()))


if __name__ == "__main__":
    TARGET.write_text(with_map(TARGET.read_text()))
