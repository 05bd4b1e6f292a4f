"""The blocks of the documents, and the mark before each with the name of its test.

`<!-- test: NAME -->` is for `blocks_of(NAME)` or `block_of(NAME)` in a test; `<!-- by hand: REASON -->` for what no
test can do. tests/unit/documents/test_documents.py checks that every block has one of them.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tools.programs import ROOT

PAGES = ("*.md", "*/README.md", "*/*/README.md", "docs/**/*.md")
READ_ONLY = {"mermaid", "text"}
"""Languages of blocks without a test: drawings, and output of commands."""
FENCE = re.compile(r" *```(\w*)$")
MARK = re.compile(r" *<!-- (test|by hand): (.+) -->$")


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is its fence's number, `marks` the marks before it: (kind, words)."""

    page: str
    line: int
    language: str
    text: str
    marks: tuple[tuple[str, str], ...]

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def test(self) -> str | None:
        """The name in its test."""
        return dict(self.marks).get("test")


def pages() -> dict[str, str]:
    """Return the text of every document by its path."""
    files = {file for pattern in PAGES for file in ROOT.glob(pattern)}
    names = sorted((str(file.relative_to(ROOT)) for file in files), key=lambda name: (name.count("/"), name))
    return {name: (ROOT / name).read_text() for name in names}


@lru_cache
def blocks() -> tuple[Block, ...]:
    """Return the blocks of all documents: first those at the top of the tree, each document's in order."""
    return tuple(block for name, text in pages().items() for block in _of_page(name, text))


def _of_page(page: str, text: str) -> Iterator[Block]:
    lines = text.split("\n")
    marks: list[tuple[str, str]] = []
    start = None
    for number, line in enumerate(lines):
        fence, mark = FENCE.match(line), MARK.match(line)
        if start is not None:
            if fence:
                inside = textwrap.dedent("".join(f"{each}\n" for each in lines[start + 1 : number]))
                yield Block(page, start + 1, lines[start].strip(" `"), inside, tuple(marks))
                start, marks = None, []
        elif fence:
            start = number
        elif mark:
            marks = [*marks, (mark[1], mark[2])]
        elif line.strip():
            marks = []


def blocks_of(name: str) -> list[str]:
    """Return the texts of the blocks with this name. Raises LookupError without one."""
    found = [block.text for block in blocks() if block.test == name]
    if not found:
        raise LookupError(f"no document has a block with <!-- test: {name} --> before it")
    return found


def block_of(name: str) -> str:
    """Return the only text with that name; several blocks may have the same."""
    [text] = set(blocks_of(name))
    return text


def prints(output: str, shown: str) -> None:
    """Check that a command prints what a block shows, in which `…` is any text, and as a line any lines.

    The number of spaces does not matter. Raises AssertionError.
    """
    lines = [re.sub(" +", " ", line) for line in shown.splitlines()]
    words = (".*".join(map(re.escape, line.split("…"))) + "\n" for line in lines)
    expected = "".join("(?:.*\n)*" if line == "…" else word for line, word in zip(lines, words, strict=True))
    plain = re.sub(" +", " ", output)
    assert re.fullmatch(expected, plain), f"{output}\nis not\n{shown}"
