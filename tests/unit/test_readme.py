"""The README's map of the tree is the tree's."""

from __future__ import annotations

from tools.docs.tree_map import OTHERS, lines, with_map
from tools.programs import ROOT


def test_the_map_is_of_this_tree() -> None:
    """When this fails: python -m tools.docs.tree_map."""
    readme = (ROOT / "README.md").read_text()
    assert with_map(readme) == readme


def test_every_line_says_something() -> None:
    assert [line for line in lines() if len(line.split(maxsplit=1)) < 2] == []
    assert [name for name in OTHERS if not (ROOT / name).exists()] == []
