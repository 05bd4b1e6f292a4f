"""The version of a release is in several files, which must agree; and its section of the changelog."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

UNRELEASED = "Unreleased"


class VersionError(Exception):
    """The files do not agree; the message contains what to change."""


def version_of(tree: Path, packages: Sequence[str]) -> str:
    """Return the version of the tree. packages: folders in web/. Raises VersionError."""
    config = configparser.ConfigParser()
    config.read(tree / "setup.cfg")
    found = {"setup.cfg": config["metadata"]["version"]}
    for name in ("service", "longshore"):
        file = Path(name) / "__init__.py"
        version = re.search(r'^__version__ = "(.*)"$', (tree / file).read_text(), re.MULTILINE)
        found[str(file)] = version[1] if version else "none"
    for name in packages:
        file = Path("web") / name / "package.json"
        found[str(file)] = json.loads((tree / file).read_text())["version"]
    return agreed(found)


def agreed(found: Mapping[str, str]) -> str:
    """Return the one version of these files. Raises VersionError."""
    if len(set(found.values())) != 1:
        lines = "\n".join(f"  {file}: {version}" for file, version in found.items())
        raise VersionError(f"give all packages the same version:\n{lines}")
    return next(iter(found.values()))


def changes_of(changelog: str, version: str) -> str:
    """Return the section of a version, without its heading; that of unreleased changes if it has none.

    Raises VersionError if there is neither.
    """
    for name in (version, UNRELEASED):
        section = re.search(rf"^## \[{re.escape(name)}\][^\n]*\n(.*?)(?=^## |\Z)", changelog, re.DOTALL | re.MULTILINE)
        if section:
            return section[1].strip() + "\n"
    raise VersionError(f"CHANGELOG.md has no section [{version}]")
