"""Generate clients from the OpenAPI document, and upload a file with each.

    python -m tools.docs.generated.clients [NAME…]

Generators and packages are the pinned ones of VERSIONS and package-lock.json; `go` also needs Go and Java. The suite
runs `typescript`; the others run by hand, and docs/api.md has their results.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import urllib3

from tools.bench.rig import rig
from tools.checks import web
from tools.programs import ROOT
from tools.stack.servers.app import Worker
from tools.stack.servers.redis import Redis

FOLDER = Path(__file__).parent
VERSIONS = {
    "openapi-python-client": "0.29.1",
    "openapi-generator-cli": "7.26.0",
}
MODULE = "example.com/uploads"
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
    python = _venv(folder, f"openapi-python-client=={VERSIONS['openapi-python-client']}", "python-dateutil")
    made = folder / "made"
    _run([python.parent / "openapi-python-client", "generate", "--path", document, "--output-path", made], folder)
    _run([python, "-c", EVERY_MODULE], made)
    return _run([python, FOLDER / "upload.py"], made, {**env, "PYTHONPATH": str(made)})


def use_go(document: Path, folder: Path, env: Mapping[str, str]) -> str:
    """Return the output of upload.go, with a client by openapi-generator."""
    python = _venv(folder, f"openapi-generator-cli=={VERSIONS['openapi-generator-cli']}")
    made = folder / "longshore"
    options: list[str | Path] = ["-g", "go", "--package-name", "longshore", "-o", made]
    options += ["--additional-properties", "withGoMod=false"]
    _run([python.parent / "openapi-generator-cli", "generate", "-i", document, *options], folder)
    shutil.rmtree(made / "test")  # its tests are stubs, and need another module
    shutil.copy(FOLDER / "upload.go", folder / "main.go")
    _run(["go", "mod", "init", MODULE], folder)
    _run(["go", "mod", "tidy"], folder)
    return _run(["go", "run", "."], folder, env)


USES: dict[str, Callable[[Path, Path, Mapping[str, str]], str]] = {
    "typescript": use_typescript,
    "python": use_python,
    "go": use_go,
}


def upload_with(name: str, url: str, file: Path, folder: Path) -> str:
    """Generate a client in an empty folder, upload `file` with it, and return the file's id.

    Raises AssertionError if the client is not generated, does not compile, or fails.
    """
    env = {"LONGSHORE_URL": url, "FILE": str(file)}
    return USES[name](fetch_document(url, folder), folder, env).splitlines()[-1].strip('"')


def _venv(folder: Path, *packages: str) -> Path:
    """Return the Python of a new environment with these packages."""
    python = folder / "venv" / "bin" / "python"
    _run([sys.executable, "-m", "venv", folder / "venv"], folder)
    _run([python, "-m", "pip", "--disable-pip-version-check", "install", "-q", *packages], folder)
    return python


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
                print(f"{name}: uploaded {upload_with(name, url, ROOT / 'LICENSE', Path(folder))}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
