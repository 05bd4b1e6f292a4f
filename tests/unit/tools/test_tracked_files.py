"""Files that tools build are not in the repository."""

from __future__ import annotations

import subprocess
from pathlib import PurePath

from tools.programs import ROOT

BUILT = {"dist", "build", "node_modules", "__pycache__"}


def test_no_built_file_is_tracked() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = listed.split("\0")
    assert "README.md" in names
    assert [name for name in names if BUILT & set(PurePath(name).parts[:-1])] == []
