"""`./dev docs [--serve] [--port N] [--service URL] [--data DIR]`: build the manuals as a site, by Sphinx

Served, its demos run, and upload to `./dev up`. A warning, a dead link and a dead anchor are errors. Sphinx, MyST and
the theme are the extra `docs`, which is installed when a site is first built.
"""

import argparse
import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tools.cache import kept
from tools.checks import web
from tools.checks.pins import LOCK, packages, pinned
from tools.docs.site_server import Place, place_of, site_server
from tools.programs import ROOT, python_module
from tools.stack.examples import origin_of

TARGET = ROOT / "build" / "docs"
CONFIGURATION = ROOT / "docs" / "site"
FIRST_PAGE = "docs/index.html"
MERMAID = "@mermaid-js/tiny@12.0.0"
"""The library that draws the diagrams in the browser: part of the site, so that readers need no other server."""
MERMAID_SHA512 = "ZW9YXy+3tSLPscBT+NnQO0K0qYH7BGES5nExl6Snoygey7xd2N0cO7Nq30N5k/u7gIeYoCrldyVy+VTCMWrNDQ=="
MERMAID_SCRIPT = "package/dist/mermaid.tiny.js"


class SiteError(Exception):
    """The site could not be built; the message is for the terminal."""


def install_packages() -> None:
    """Install the pinned Sphinx and its extensions if they are missing."""
    if all(map(find_spec, ("sphinx", "myst_parser", "furo"))):
        return
    print("installing the site generator …", flush=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
        pins.write(pinned(packages(["docs"]), LOCK.read_text()))
        pins.flush()
        _run(python_module("pip", "--disable-pip-version-check", "install", "-q", "--require-hashes", "-r", pins.name))


def build(target: Path = TARGET, service: str = "") -> Path:
    """Build the site in `target` and return its first page. Raises SiteError with Sphinx's warnings.

    service: the address that its demos upload to; without one they are only shown as code.
    """
    _render(target, service, "-W", "--keep-going")
    shutil.copy(
        kept(f"mermaid-{MERMAID.rpartition('@')[2]}", _fetch_mermaid) / Path(MERMAID_SCRIPT).name, target / "_static"
    )
    return target / FIRST_PAGE


def build_page(page: str, target: Path, service: str) -> None:
    """Build one page ("docs/components") without the ones that it links, to try its demos."""
    _render(target, service, "-D", f"root_doc={page}", "-D", f"include_patterns={page}.md", first=f"{page}.html")


def _render(target: Path, service: str, *options: str, first: str = FIRST_PAGE) -> None:
    install_packages()
    # remove deleted pages
    shutil.rmtree(target, ignore_errors=True)
    words = ("-q", "-E", "-D", f"demo_service={service}", *options, "-d", f"{target}.kept", "-c", str(CONFIGURATION))
    _run(python_module("sphinx", *words, str(ROOT), str(target)))
    if service:
        shutil.copytree(web.build_package("demos"), target / "_static" / "demos")
    (target / "index.html").write_text(f'<!doctype html><meta http-equiv="refresh" content="0; url={first}">\n')


def _fetch_mermaid(fresh: Path) -> None:
    fresh.mkdir()
    _run(["npm", "pack", "--silent", MERMAID], fresh)
    (archive,) = fresh.glob("*.tgz")
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != MERMAID_SHA512:
        raise SiteError(f"the checksum of {MERMAID} has changed")
    with tarfile.open(archive) as files:
        script = files.extractfile(MERMAID_SCRIPT)
        if script is None:
            raise SiteError(f"{MERMAID} does not contain {MERMAID_SCRIPT}")
        (fresh / Path(MERMAID_SCRIPT).name).write_bytes(script.read())
    archive.unlink()


def _run(command: list[str], folder: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=folder, env=web.node_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SiteError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def serve(folder: Path, place: Place) -> None:
    """Serve a site on this machine until Ctrl-C. Raises SiteError if the port is in use."""
    try:
        with site_server(folder, place.port) as server:
            print(f"{origin_of(server.server_port)}/\n{place.note}", flush=True)
            server.serve_forever()
    except OSError as error:
        text = f"cannot serve on port {place.port}: {error.strerror}. Choose another one by --port."
        raise SiteError(text) from error


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="./dev docs")
    parser.add_argument("--serve", action="store_true", help="serve the site on this machine, with demos that upload")
    parser.add_argument("--port", type=int, help="port to serve on (default: the one that ./dev up allows; 0: any)")
    parser.add_argument("--service", help="address of the service (default: that of the running ./dev up)")
    parser.add_argument("--data", type=Path, default=ROOT / ".data", help="folder of the running ./dev up")
    options = parser.parse_args()
    try:
        if options.serve:
            place = place_of(options.service, options.port, options.data.absolute())
            build(service=place.service)
            serve(TARGET, place)
        else:
            print(build().relative_to(ROOT), flush=True)
    except (SiteError, web.WebError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
