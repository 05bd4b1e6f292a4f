"""Pictures of the operators' page about the service itself, with files that were uploaded before"""

from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect

from service.db.session import Database
from service.db.statements.operators.usage_history import write_day
from service.deps import utc_now
from service.values.operators.usage import DayOfUsage
from tools.docs.scenes import PATIENCE_MS

WIDE: ViewportSize = {"width": 1120, "height": 900}
DAYS = 75
"""Days of the history before today."""
GIB = 1024**3
SUBJECTS = {"harbour-office": 0.5, "surveys": 0.3, "customs": 0.15}
"""The part that each has of all bytes."""


def write_history(database_url: str) -> None:
    """Write the history of a service that has been used for some weeks; a new one has only today."""
    database = Database(database_url)
    today = utc_now().date()
    with database.write() as session:
        for age in range(DAYS, -1, -1):
            write_day(session, _day(today - timedelta(days=age), DAYS - age), today - timedelta(days=400))
    database.disconnect()


def _day(day: date, number: int) -> DayOfUsage:
    clean = 12 * GIB + number * GIB // 4 + (number * 7 % 5) * GIB // 3
    states = {
        "clean": clean,
        "infected": clean // 40,
        "unscannable": clean // 22,
        "uploading": (number * 11 % 7) * GIB // 5,
        "orphaned": clean // 70,
    }
    return DayOfUsage(day, states, {name: int(clean * part) for name, part in SUBJECTS.items()})


class ServiceScenes:
    """Pictures of the page at `url`, taken in one browser and written to `target`."""

    def __init__(self, browser: Browser, url: str, target: Path) -> None:
        self.browser = browser
        self.url = url
        self.target = target
        self.taken: list[Path] = []

    def take_all(self) -> list[Path]:
        """Take every picture; return their files."""
        context = self.browser.new_context(base_url=self.url, viewport=WIDE, reduced_motion="reduce")
        page = context.new_page()
        self.overview(page)
        self.history(page)
        self.audit(page)
        context.close()
        return self.taken

    def overview(self, page: Page) -> None:
        """Take the picture of the state of the service."""
        show(page, "overview", "workers-table")
        self.picture("admin-overview", page)

    def history(self, page: Page) -> None:
        """Take the picture of the chart."""
        page.get_by_test_id("chart-days").select_option("90")
        chart = page.get_by_test_id("history")
        expect(chart.get_by_test_id("numbers-row")).to_have_count(DAYS + 1, timeout=PATIENCE_MS)
        self.taken.append(self.target / "admin-history.png")
        chart.screenshot(path=self.taken[-1], animations="disabled")

    def audit(self, page: Page) -> None:
        """Take the picture of the audit log with its verification, and a change in it."""
        plan = page.request.get("/api/v1/file/all?search=mooring").json()["data"]["items"][0]
        page.request.patch(f"/api/v1/file/{plan['id']}", data={"filename": "mooring-plan-pier-4.pdf"})
        show(page, "audit", "audit")
        page.get_by_test_id("verify").click()
        page.get_by_test_id("verify-start").click()
        expect(page.get_by_test_id("verify-good")).to_be_visible(timeout=PATIENCE_MS)
        self.picture("admin-audit", page)

    def picture(self, name: str, page: Page) -> None:
        self.taken.append(self.target / f"{name}.png")
        page.screenshot(path=self.taken[-1], animations="disabled")


def show(page: Page, view: str, content: str) -> None:
    """Show a view, and wait for all of its content."""
    page.goto(f"/admin/#/{view}")
    expect(page.get_by_test_id(content)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_test_id("loading")).to_have_count(0, timeout=PATIENCE_MS)
