"""Versions, sections of the changelog, bills of materials and archives of a release."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from tools.release.archives import normalize
from tools.release.repository import RepositoryError, repository_of, write_links
from tools.release.sbom import of_npm, of_python
from tools.release.versions import VersionError, agreed, changes_of

CHANGES = """# Changelog
## [Unreleased]

- new

## [1.2.0] - 2026-12-01
### Added
- this

## [1.1.0] - 2026-11-01
- that
"""


@pytest.mark.parametrize(
    ("version", "section"),
    [("1.2.0", "### Added\n- this\n"), ("1.1.0", "- that\n"), ("1.3.0", "- new\n"), ("1x2.0", "- new\n")],
)
def test_the_changelog_section_of_a_version_is_found(version: str, section: str) -> None:
    assert changes_of(CHANGES, version) == section


def test_a_missing_changelog_section_raises_an_error() -> None:
    with pytest.raises(VersionError, match=r"no section \[1\.0\.0\]"):
        changes_of("# Changelog\n", "1.0.0")


def test_versions_must_agree() -> None:
    assert agreed({"a": "1.0.0", "b": "1.0.0"}) == "1.0.0"
    with pytest.raises(VersionError, match=r"  a: 1\.0\.0\n  b: 1\.0\.1"):
        agreed({"a": "1.0.0", "b": "1.0.1"})


def test_the_repository_is_written_into_packages(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = x\n")
    assert repository_of(tmp_path) is None
    (tmp_path / "setup.cfg").write_text("[metadata]\nurl = https://code.example/a/longshore\n")
    package = tmp_path / "web" / "client" / "package.json"
    package.parent.mkdir(parents=True)
    package.write_text('{"name": "@longshore/client"}')
    write_links(tmp_path, ["client"], repository_of(tmp_path) or "")
    assert json.loads(package.read_text()) == {
        "name": "@longshore/client",
        "repository": {
            "type": "git",
            "url": "git+https://code.example/a/longshore.git",
            "directory": "web/client",
        },
        "homepage": "https://code.example/a/longshore",
        "bugs": {"url": "https://code.example/a/longshore/issues"},
    }


@pytest.mark.parametrize(
    "url", ["", "code.example/a/b", "http://code.example/a/b", "https://c.example/a/b.git", "https://c.example/a/"]
)
def test_an_invalid_repository_url_is_refused(tmp_path: Path, url: str) -> None:
    (tmp_path / "setup.cfg").write_text(f"[metadata]\nurl = {url}\n")
    with pytest.raises(RepositoryError, match="like https://host/owner/name"):
        repository_of(tmp_path)


def test_the_python_bill_of_materials_lists_each_pin() -> None:
    pins = (
        "Flask-X.y==1.0 \\\n    --hash=sha256:"
        + "a" * 64
        + "\n    # via z\ntwo[extra,b]==2 \\\n    --hash=sha256:"
        + "b" * 64
    )
    assert of_python(pins + " \\\n    --hash=sha256:" + "c" * 64 + "\n", "1.2.0", 0) == {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": "1970-01-01T00:00:00Z",
            "component": {"type": "application", "name": "longshore-service", "version": "1.2.0"},
        },
        "components": [
            {
                "type": "library",
                "name": "flask-x-y",
                "version": "1.0",
                "purl": "pkg:pypi/flask-x-y@1.0",
                "hashes": [{"alg": "SHA-256", "content": "a" * 64}],
            },
            {"type": "library", "name": "two", "version": "2", "purl": "pkg:pypi/two@2"},
        ],
    }


def test_the_npm_bill_of_materials_lists_the_pages_packages() -> None:
    """Of two versions of one package, it lists the one that the page uses."""
    lock = {
        "packages": {
            "": {"dependencies": {"@s/a": "2.0.0", "vite": "8.0.0"}},
            "node_modules/@s/a": {"version": "2.0.0", "license": "MIT", "dependencies": {"b": "^2", "c": "^1"}},
            "node_modules/@s/a/node_modules/b": {"version": "2.1.0", "dependencies": {"c": "^1", "@s/a": "^2"}},
            "node_modules/b": {"version": "1.0.0", "dev": True},
            "node_modules/c": {"version": "1.1.0"},
            "node_modules/vite": {"version": "8.0.0", "dependencies": {"rolldown": "^1"}},
            "node_modules/rolldown": {"version": "1.0.0"},
        }
    }
    assert of_npm(lock, "1.2.0", 0)["components"] == [
        {
            "type": "library",
            "name": "@s/a",
            "version": "2.0.0",
            "purl": "pkg:npm/%40s/a@2.0.0",
            "licenses": [{"license": {"id": "MIT"}}],
        },
        {"type": "library", "name": "b", "version": "2.1.0", "purl": "pkg:npm/b@2.1.0"},
        {"type": "library", "name": "c", "version": "1.1.0", "purl": "pkg:npm/c@1.1.0"},
    ]


def packed(folder: Path, names: list[str], mode: int, seconds: int) -> bytes:
    archive = folder / f"{seconds}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime, entry.uname = 1, mode, seconds, f"user {seconds}"
            tar.addfile(entry, io.BytesIO(b"x"))
    normalize(archive, 7)
    return archive.read_bytes()


def test_archives_depend_on_their_files_alone(tmp_path: Path) -> None:
    assert packed(tmp_path, ["a", "b"], 0o600, 1) == packed(tmp_path, ["b", "a"], 0o664, 2)
    assert packed(tmp_path, ["a", "b"], 0o600, 1) != packed(tmp_path, ["a", "c"], 0o600, 2)
