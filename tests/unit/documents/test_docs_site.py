"""The manuals as a site: it is built without a warning, with its diagrams and links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.support.documents import block_of
from tests.support.programs.shell import Shell
from tools.docs import comparison_figures
from tools.docs.site import build
from tools.programs import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new site. A dead link, a dead anchor, or a page in no list raises SiteError."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    build(folder)
    return folder


def test_the_index_shows_every_part_of_the_contents(site: Path) -> None:
    index = (site / "docs" / "index.html").read_text()
    for caption in ("Start", "Use", "Recipes", "Operate", "Develop", "Understand", "Decisions"):
        assert f'<span class="caption-text">{caption}</span>' in index
    assert 'href="../README.html"' in index


def test_each_alert_links_to_the_section_that_names_it(site: Path, tmp_path: Path) -> None:
    """With the links as changed by the manual. The table at the top of the page also names each alert."""
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    Shell(tmp_path).run(block_of("links of the alerts"), {})
    [group] = yaml.safe_load((tmp_path / "alerts.yaml").read_text())["groups"]
    overview = (ROOT / "docs" / "ordinary-days.md").read_text().split("\n## ")[0]
    for rule in group["rules"]:
        link = rule["annotations"]["runbook_url"].removeprefix("https://intranet.example/longshore/")
        page, _, anchor = link.partition("#")
        section = (site / page).read_text().partition(f'id="{anchor}"')[2].partition("<h2>")[2].partition("<h2>")[0]
        assert (rule["alert"] in section, rule["alert"] in overview) == (True, True), rule["alert"]


def test_the_site_contains_the_library_that_draws_its_diagrams(site: Path) -> None:
    page = (site / "docs" / "states.html").read_text()
    assert '<pre class="mermaid">stateDiagram-v2' in page
    assert 'src="../_static/mermaid.tiny.js' in page
    assert (site / "_static" / "mermaid.tiny.js").stat().st_size > 1_000_000


def test_the_site_loads_nothing_from_another_server(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    assert [page.name for page in pages if 'src="http' in page.read_text()] == []


def test_the_comparison_has_the_stored_figures() -> None:
    page = comparison_figures.DOCUMENT.read_text()
    assert comparison_figures.with_table(page) == page, "run: python -m tools.docs.comparison_figures"


def test_the_tests_that_security_md_names_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "security.md").read_text())
    assert len(named) > 40
    assert [name for file, name in named if f"def {name}(" not in (ROOT / file).read_text()] == []
