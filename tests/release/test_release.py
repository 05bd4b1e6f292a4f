"""`./dev release` of this commit: all files, their checksums, and bytes that do not depend on the folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from unittest.mock import ANY

import pytest

from tests.support.documents import block_of
from tools.checks import web
from tools.checks.web import PACKAGES, WEB, build_package
from tools.programs import ROOT
from tools.release.images import TARGETS
from tools.release.run import exported, release, wanted
from tools.release.sbom import BUILD_TOOLS


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    web.install_packages()
    out = tmp_path_factory.mktemp("release")
    release("HEAD", out, node_modules=WEB / "node_modules")
    return out


def version() -> str:
    found: str = json.loads((WEB / "client" / "package.json").read_text())["version"]
    return found


def test_files(released: Path) -> None:
    assert {file.name for file in released.iterdir()} == {
        "CHANGES.md",
        "SHA256SUMS",
        "longshore-page.cdx.json",
        "longshore-service.cdx.json",
        f"longshore-{version()}-py3-none-any.whl",
        f"longshore-{version()}.tar.gz",
        *(f"longshore-{name}-{version()}.tgz" for name in PACKAGES),
    }
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=released, check=True, capture_output=True)
    for tarball in released.glob("*.tgz"):
        with tarfile.open(tarball) as packed:
            assert "package/LICENSE" in packed.getnames()


def test_bills(released: Path) -> None:
    service, page = (json.loads((released / f"longshore-{part}.cdx.json").read_text()) for part in ("service", "page"))
    assert {"flask", "boto3", "rq", "sqlalchemy"} <= {each["name"] for each in service["components"]}
    pinned = json.loads((WEB / "package.json").read_text())["dependencies"]
    shipped = {name: version for name, version in pinned.items() if name not in BUILD_TOOLS}
    assert {each["name"]: each["version"] for each in page["components"]} == {"@scarf/scarf": ANY, **shipped}


def test_another_folder_and_umask_make_the_same_python_packages(released: Path, tmp_path: Path) -> None:
    build = "import os, sys, pathlib; from tools.release.build import build_python as build"
    call = "; build(pathlib.Path(sys.argv[1]), int(os.environ['SOURCE_DATE_EPOCH']))"
    with exported("HEAD") as (tree, environment):
        words = [sys.executable, "-c", build + call, str(tmp_path)]
        subprocess.run(words, cwd=tree, env=environment, check=True, umask=0o077)
    made = sorted(tmp_path.iterdir())
    assert len(made) == 2
    assert [file.read_bytes() for file in made] == [(released / file.name).read_bytes() for file in made]


@pytest.mark.parametrize("name", PACKAGES)
def test_another_folder_makes_the_same_npm_packages(released: Path, name: str) -> None:
    """The one of this tree, if it is the commit."""
    if subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "web"], cwd=ROOT, check=False).returncode:
        pytest.skip("web/ has changes that are not committed")
    dist = build_package(name)
    with tarfile.open(released / f"longshore-{name}-{version()}.tgz") as packed:
        inside = {each.name: packed.extractfile(each) for each in packed if each.name.startswith("package/dist/")}
        bodies = {path.removeprefix("package/dist/"): body.read() for path, body in inside.items() if body}
    assert bodies == {str(file.relative_to(dist)): file.read_bytes() for file in dist.rglob("*") if file.is_file()}


def test_publishing(released: Path, tmp_path: Path) -> None:
    """The manual's commands, with programs that only note what they are called with."""
    programs, log = tmp_path / "bin", tmp_path / "log"
    programs.mkdir()
    for name in ("npm", "twine", "docker", "gh"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >>"{log}"\n')
        (programs / name).chmod(0o755)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "release").symlink_to(released)
    image = released / "longshore-caddy-1.2.0.image.tar"
    image.touch()
    environment = {"PATH": f"{programs}:{os.environ['PATH']}"}
    script = block_of("publishing").replace("sha256sum --check", "sha256sum --quiet --check")
    subprocess.run(["sh", "-euc", script], cwd=tmp_path, env=environment, check=True)
    image.unlink()
    called = log.read_text().splitlines()
    assert [line for line in called if line.startswith("npm ")] == [
        f"npm publish ./{file.name} --access public" for file in sorted(released.glob("*.tgz"))
    ]
    wheel, sources = f"longshore-{version()}-py3-none-any.whl", f"longshore-{version()}.tar.gz"
    assert f"twine upload {wheel} {sources}" in called
    assert f"docker load --input {image.name}" in called
    assert {f"docker push registry.example/longshore-{name}:1.2.0" for name in TARGETS} <= {*called}
    assert called[-1].startswith("gh release create v1.2.0 --notes-file CHANGES.md -- CHANGES.md SHA256SUMS")


def test_the_manual_builds_a_tag() -> None:
    for command, tried in {block_of("release"): False, block_of("trying"): True}.items():
        options = wanted(command.split()[2:])
        assert (options.commit, options.tried) == ("v1.2.0", tried)
