"""axe's findings about the accessibility of a page."""

from __future__ import annotations

from playwright.sync_api import Page

from tools.checks.web import WEB

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK = """async ({ rules, context }) => {
  const { violations } = await axe.run(context ?? document, { runOnly: rules });
  const described = id => ({ target, failureSummary }) => [id, target.join(' '), failureSummary];
  return violations.flatMap(({ id, nodes }) => nodes.map(described(id)));
}"""


def violations(page: Page, context: dict[str, list[str]] | None = None) -> list[list[str]]:
    """axe's findings: rule, element, and the correction. context: the selectors to include and to exclude."""
    page.evaluate(AXE.read_text())
    found: list[list[str]] = page.evaluate(LOOK, {"rules": RULES, "context": context})
    return found
