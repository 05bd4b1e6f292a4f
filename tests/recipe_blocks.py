"""The blocks of docs/recipes: what a reader copies is what tests try."""

from __future__ import annotations

import re

from devstack.tools import ROOT

RECIPES = ROOT / "docs" / "recipes"


def block(page: str, language: str, after: str, number: int = 0) -> str:
    """A block of a language below a heading, the first one unless told otherwise."""
    section = (RECIPES / page).read_text().split(f"\n## {after}\n", 1)[1].split("\n## ")[0]
    return str(re.findall(rf"^```{language}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)[number])
