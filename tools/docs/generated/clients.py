"""Generate clients from the OpenAPI document, and upload a file with each.

    python -m tools.docs.generated.clients [NAME…]

Generators, Go and Java are pinned: those of npm in package-lock.json, all others as packages of Python (setup.cfg,
`generators`), which get an environment of their own in the cache.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import urllib3

from tools.bench.rig.rig import rig
from tools.cache import kept
from tools.checks import web
from tools.checks.pins import LOCK, packages, pinned
from tools.programs import ROOT
from tools.stack.servers.app import Worker
from tools.stack.servers.redis import Redis

FOLDER = Path(__file__).parent
# programs in bin/ break when the cache renames a complete environment
OPENAPI_GENERATOR = "import sys, openapi_generator_cli as g; sys.exit(g.run(sys.argv[1:]).returncode)"
GO = "from go import main; main()"
# compiles what nothing else needs in half of the time
BUILD = ("-mod=readonly", "-gcflags=all=-l -dwarf=false", "-ldflags=-s -w")
EVERY_MODULE = """
import pkgutil, longshore_client as made
for each in pkgutil.walk_packages(made.__path__, "longshore_client."):
    __import__(each.name)
"""


def fetch_document(url: str, folder: Path) -> Path:
    """Write the document of a running service into a folder; returns the file."""
    file = folder / "openapi.client.json"
    file.write_bytes(urllib3.request("GET", f"{url}/api/openapi.client.json").data)
    return file


def use_typescript(document: Path, folder: Path, env: Mapping[str, str]) -> str:
    """Return the output of upload.ts, with types by openapi-typescript and calls by openapi-fetch."""
    node = web.node_environment()
    web.install_packages(node, FOLDER)
    programs = FOLDER / "node_modules" / ".bin"
    (folder / "node_modules").symlink_to(FOLDER / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copy(FOLDER / "upload.ts", folder)
    _run([programs / "openapi-typescript", document, "-o", "schema.ts"], folder, node)
    options = ["--strict", "--skipLibCheck", "false", "--module", "nodenext", "--target", "es2022", "--types", "node"]
    _run([programs / "tsc", *options, "upload.ts"], folder, node)
    return _run(["node", "upload.js"], folder, {**node, **env})


def use_python(document: Path, folder: Path, env: Mapping[str, str]) -> str:
    """Return the output of upload.py, with a client by openapi-python-client."""
    python, made = environment(), folder / "made"
    words: list[str | Path] = [python, "-m", "openapi_python_client", "generate", "--path", document]
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"  # it runs Ruff
    _run([*words, "--output-path", made], folder, {"PATH": path})
    _run([python, "-c", EVERY_MODULE], made)
    return _run([python, FOLDER / "upload.py"], made, {**env, "PYTHONPATH": str(made)})


def use_go(document: Path, folder: Path, env: Mapping[str, str]) -> str:
    """Return the output of upload.go, with a client by openapi-generator."""
    python, made = environment(), folder / "longshore"
    options: list[str | Path] = ["-g", "go", "--package-name", "longshore", "-o", made]
    options += ["--additional-properties", "withGoMod=false"]
    _run([python, "-c", OPENAPI_GENERATOR, "generate", "-i", document, *options], folder)
    shutil.rmtree(made / "test")  # its tests are stubs, and need another module
    shutil.copy(FOLDER / "upload.go", folder / "main.go")
    for name in ("go.mod", "go.sum"):
        shutil.copy(FOLDER / name, folder)
    return _run([python, "-c", GO, "run", *BUILD, "."], folder, {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0", **env})


USES: dict[str, Callable[[Path, Path, Mapping[str, str]], str]] = {
    "typescript": use_typescript,
    "python": use_python,
    "go": use_go,
}


def upload_with(name: str, url: str, file: Path, folder: Path) -> Any:
    """Generate a client in an empty folder, upload `file` with it, and return the uploaded `file` and its `content`.

    Raises AssertionError if the client is not generated, does not compile, or fails.
    """
    env = {"LONGSHORE_URL": url, "FILE": str(file)}
    return json.loads(USES[name](fetch_document(url, folder), folder, env).splitlines()[-1])


def environment() -> Path:
    """Return the Python of an environment with the generators, Java and Go; it is created on first use.

    Raises CalledProcessError if pip fails.
    """
    pins = pinned(packages(["generators"]), LOCK.read_text())
    digest = sha256(f"{sys.version}\n{pins}".encode()).hexdigest()[:12]
    return kept(f"generators-{digest}", lambda fresh: _make(fresh, pins)) / "bin" / "python"


def _make(fresh: Path, pins: str) -> None:
    print("fetching generators of clients for the tests (half a minute, once) …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(fresh)], check=True)
    (fresh / "pins.txt").write_text(pins)
    # isolated, as packages that PYTHONPATH finds would not be installed
    pip = [str(fresh / "bin" / "python"), "-I", "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    subprocess.run([*pip, "--no-compile", "--no-deps", "--require-hashes", "-r", str(fresh / "pins.txt")], check=True)


def _run(words: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Return the output of a command. Raises AssertionError with it if the command fails."""
    command, whole = [str(word) for word in words], {**os.environ, **(env or {})}
    ran = subprocess.run(command, cwd=folder, env=whole, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise AssertionError(f"{command[0]} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def main(names: Sequence[str]) -> None:
    with rig() as parts:
        redis = parts.run(Redis(parts.folder))
        settings = parts.settings(**redis.env())
        url = parts.api(settings).url
        parts.run(Worker(parts.folder, settings))
        for name in names or USES:
            with TemporaryDirectory() as folder:
                uploaded = upload_with(name, url, ROOT / "LICENSE", Path(folder))["file"]
                print(f"{name}: uploaded {uploaded['id']}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
