"""The operators' page as an operator sees it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.support.browser.watcher import Watcher

TAB_STOPS = 80


class AdminPage:
    """A tab with the operators' page; `watcher` records its requests and errors."""

    def __init__(self, page: Page, watcher: Watcher) -> None:
        self.page = page
        self.watcher = watcher

    def open(self, address: str) -> None:
        """Show a view, by its address without `#/`, and return when it has loaded."""
        self.page.goto(f"/admin/#/{address}")
        expect(self.hook("view-title")).to_be_visible()
        expect(self.hook("loading")).to_have_count(0)

    def hook(self, test_id: str) -> Locator:
        """Return the element with a `data-testid`."""
        return self.page.get_by_test_id(test_id)

    def views(self) -> list[str]:
        """Return the addresses of all views in the navigation."""
        links: list[str] = self.hook("navigation").locator("a").evaluate_all("all => all.map(it => it.hash)")
        return [link.removeprefix("#/") for link in links]

    def tab_to(self, target: Locator, back: bool = False) -> None:
        """Press Tab (Shift+Tab with `back`) until the element has the focus."""
        for _ in range(TAB_STOPS):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            if target.evaluate("it => it === document.activeElement"):
                return
        raise AssertionError(f"the Tab key does not lead to {target}")

    def in_line(self, name: str) -> Locator:
        """Return the file with this name in the list of work of the quarantine."""
        return self.hook("queue-file").filter(has_text=name)
