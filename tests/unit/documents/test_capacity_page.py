"""docs/capacity.md has the figures of the stored results."""

from __future__ import annotations

from tools.bench.capacity_page import DOCUMENT, with_tables


def test_the_tables_are_those_of_the_results() -> None:
    """When this fails: python -m tools.bench.capacity_page."""
    document = DOCUMENT.read_text()
    assert with_tables(document) == document
