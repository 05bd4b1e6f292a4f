"""Every block of the documents that readers can copy has a test that reads it there, or a reason why it has none."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.support.documents import MARK, READ_ONLY, blocks, pages
from tools.programs import ROOT

MADE_LATER = {"web/dist"}
"""Named files that are not part of the repository."""


def claimed() -> Counter[str]:
    """Return the names of the blocks that tests read. Raises ValueError for a name that is not a literal."""
    names: Counter[str] = Counter()
    for file in {*(ROOT / "tests").rglob("*.py")} - {ROOT / "tests" / "support" / "documents.py"}:
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="blocks_of" | "block_of"), args=[ast.Constant(value=str(name))]):
                    names[name] += 1
                case ast.Call(func=ast.Name(id="blocks_of" | "block_of")):
                    raise ValueError(f"{file}:{node.lineno}: the block's name has to stand there")
    return names


def test_every_block_has_a_mark_for_its_test() -> None:
    """When this fails: add a mark before the block (tests/support/documents.py), and its test."""
    of_interest = [block for block in blocks() if block.language not in READ_ONLY]
    assert len(of_interest) > 80
    assert [block.place for block in of_interest if len(block.marks) != 1] == []


def test_files_that_a_document_names_exist() -> None:
    named = re.findall(
        r"`((?:service|jobs|longshore|migrations|web|tools|tests|deploy|docs)/[\w./-]*)`", "\n".join(pages().values())
    )
    assert len(named) > 50
    assert sorted({name for name in named if not (ROOT / name).exists()} - MADE_LATER) == []


def test_every_mark_has_its_block() -> None:
    written = sum(bool(MARK.match(line)) for text in pages().values() for line in text.split("\n"))
    assert written == sum(len(block.marks) for block in blocks())


def test_the_tests_read_exactly_the_marked_blocks() -> None:
    assert {block.test for block in blocks() if block.test} == set(claimed())
