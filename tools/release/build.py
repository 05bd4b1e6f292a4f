"""Build the files of a release in a tree of its commit:  python -m tools.release.build OUT [--images]

SOURCE_DATE_EPOCH is the commit's time (https://reproducible-builds.org/specs/source-date-epoch/).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.checks.pins import LOCK, packages, pinned
from tools.checks.web import PACKAGES, WEB, WebError, build_package, node_environment
from tools.programs import ROOT
from tools.release.archives import normalize
from tools.release.images import save_images
from tools.release.repository import RepositoryError, repository_of, write_links
from tools.release.sbom import as_text, of_npm, of_python
from tools.release.versions import VersionError, changes_of, version_of


def build(out: Path, seconds: int, *, images: bool) -> None:
    """Write all files of the release into `out`. seconds: the time of the commit, since 1970.

    Raises VersionError, RepositoryError, WebError, subprocess.CalledProcessError.
    """
    version, url = version_of(ROOT, PACKAGES), repository_of(ROOT)
    say(f"Longshore {version}, from {url or 'no public repository (docs/releasing.md)'}")
    if url:
        write_links(ROOT, PACKAGES, url)
    (out / "CHANGES.md").write_text(changes_of((ROOT / "CHANGELOG.md").read_text(), version))
    write_bills(out, version, seconds)
    build_python(out, seconds)
    pack_npm(out)
    if images:
        say("images …")
        save_images(out, version)


def write_bills(out: Path, version: str, seconds: int) -> None:
    """Write the software bills of materials of the service and of the page."""
    pins = pinned(packages(["service", "dashboard"]), LOCK.read_text())
    lock = json.loads((WEB / "package-lock.json").read_text())
    (out / "longshore-service.cdx.json").write_text(as_text(of_python(pins, version, seconds)))
    (out / "longshore-page.cdx.json").write_text(as_text(of_npm(lock, version, seconds)))


def build_python(out: Path, seconds: int) -> None:
    """Build the wheel and the source archive of the client and the command line."""
    say("wheel and source archive …")
    for kind in ("wheel", "sdist"):
        hook = f"import sys; from setuptools import build_meta; build_meta.build_{kind}(sys.argv[1])"
        # a wheel contains the modes of the files that it is made of
        subprocess.run([sys.executable, "-c", hook, str(out)], cwd=ROOT, check=True, capture_output=True, umask=0o022)
    for archive in out.glob("*.tar.gz"):
        normalize(archive, seconds)


def pack_npm(out: Path) -> None:
    """Build and pack each npm package, with the license; npm's archives have no times and no owners."""
    for name in PACKAGES:
        say(f"@longshore/{name} …")
        build_package(name)
        shutil.copyfile(ROOT / "LICENSE", WEB / name / "LICENSE")
        command = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(out)]
        subprocess.run(command, cwd=WEB / name, env=node_environment(), check=True, stdout=subprocess.DEVNULL)


def say(text: str) -> None:
    print(text, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--images", action="store_true")
    wanted = parser.parse_args(arguments)
    try:
        build(wanted.out, int(os.environ["SOURCE_DATE_EPOCH"]), images=wanted.images)
    except (VersionError, RepositoryError, WebError, LookupError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"{(error.stderr or b'').decode()}{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
