"""The README is short, and docs/map.md has a line for every file."""

from __future__ import annotations

from tools.docs.tree_map import OTHERS, TARGET, lines, with_map
from tools.programs import ROOT


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_the_map_shows_every_file_of_the_tree() -> None:
    """When this fails: python -m tools.docs.tree_map."""
    page = TARGET.read_text()
    assert with_map(page) == page


def test_every_line_of_the_map_has_a_description() -> None:
    assert [line for line in lines() if len(line.split(maxsplit=1)) < 2] == []
    assert [name for name in OTHERS if not (ROOT / name).exists()] == []
