"""The manuals as a site: it can be made, without a warning, and shows what is drawn and linked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.docs import comparison_figures
from tools.docs.site import build
from tools.programs import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new site. A dead link, a dead anchor, or a page in no list raises SiteError."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    build(folder)
    return folder


def test_every_part_of_the_contents_has_its_pages(site: Path) -> None:
    index = (site / "docs" / "index.html").read_text()
    for caption in ("Start", "Use", "Recipes", "Operate", "Develop", "Understand", "Decisions"):
        assert f'<span class="caption-text">{caption}</span>' in index
    assert 'href="../README.html"' in index


def test_diagrams_are_drawn_by_what_the_site_brings(site: Path) -> None:
    page = (site / "docs" / "states.html").read_text()
    assert '<pre class="mermaid">stateDiagram-v2' in page
    assert 'src="../_static/mermaid.tiny.js' in page
    assert (site / "_static" / "mermaid.tiny.js").stat().st_size > 1_000_000


def test_reading_it_needs_no_other_server(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    assert [page.name for page in pages if 'src="http' in page.read_text()] == []


def test_the_comparison_has_the_kept_figures() -> None:
    page = comparison_figures.DOCUMENT.read_text()
    assert comparison_figures.with_table(page) == page, "run: python -m tools.docs.comparison_figures"


def test_the_tests_that_show_our_security_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "security.md").read_text())
    assert len(named) > 40
    assert [name for file, name in named if f"def {name}(" not in (ROOT / file).read_text()] == []
