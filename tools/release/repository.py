"""The public address of the source code: `url` of setup.cfg, which the npm packages get too.

npm shows it, and requires it for provenance (https://docs.npmjs.com/generating-provenance-statements).
"""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_URL = re.compile(r"https://[\w.-]+(/[\w.~-]+){1,}(?<!\.git)")


class RepositoryError(Exception):
    """`url` is not the address of a repository; the message contains what to change."""


def repository_of(tree: Path) -> str | None:
    """Return the address that setup.cfg names; None without one. Raises RepositoryError."""
    config = configparser.ConfigParser()
    config.read(tree / "setup.cfg")
    url = config["metadata"].get("url")
    if url is not None and not _URL.fullmatch(url):
        raise RepositoryError(
            f"url in setup.cfg must be like https://host/owner/name, without .git or / at its end: {url}"
        )
    return url


def links_of(url: str, folder: str) -> dict[str, Any]:
    """Return the fields of a package.json. folder: of the package in the repository."""
    source = {"type": "git", "url": f"git+{url}.git", "directory": folder}
    return {"repository": source, "homepage": url, "bugs": {"url": f"{url}/issues"}}


def write_links(tree: Path, packages: Sequence[str], url: str) -> None:
    """Write the address into each package.json. packages: folders in web/."""
    for name in packages:
        file = tree / "web" / name / "package.json"
        package = json.loads(file.read_text()) | links_of(url, f"web/{name}")
        file.write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n")
