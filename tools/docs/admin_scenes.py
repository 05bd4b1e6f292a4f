"""Pictures of the operators' page"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from service.scanner.samples import encrypted_zip
from tools.docs.scenes import PATIENCE_MS, PHONE, payload, send
from tools.stack.servers.clamd import eicar

WIDE = {"width": 1120, "height": 840}
SUSPECT = ("crane-manual.pdf", "quay-plan.dwg", "night-shift.xlsm")
REASON = "False positive, checked with the vendor."


class AdminScenes:
    """Pictures of the operators' page of the service at `url`, written to `target`."""

    def __init__(self, browser: Browser, url: str, target: Path) -> None:
        self.browser = browser
        self.url = url
        self.target = target
        self.taken: list[Path] = []

    def take_all(self) -> list[Path]:
        """Take every picture; return their files."""
        with self.visit("/") as page:
            for name in SUSPECT:
                send(page, payload(name, eicar()), "infected")
            send(page, payload("customs.zip", encrypted_zip()), "blocked")
            send(page, payload("crane-scan.las", secrets.token_bytes(900_000)), "clean")
        self.quarantine()
        self.many_files()
        self.one_file()
        return self.taken

    @contextmanager
    def visit(self, address: str, **options: object) -> Iterator[Page]:
        """Open an address with a new profile."""
        settings = {"base_url": self.url, "viewport": WIDE, "reduced_motion": "reduce", **options}
        context = self.browser.new_context(**settings)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(address)
        yield page
        context.close()

    def quarantine(self) -> None:
        """Take the pictures of the list of work, on a screen and on a phone."""
        with self.visit("/admin/#/quarantine?verdict=infected") as page:
            expect(page.get_by_test_id("queue-file").filter(has_text=SUSPECT[0])).to_be_visible()
            self.picture("admin-quarantine", page)
        with self.visit("/admin/#/quarantine?verdict=unscannable", color_scheme="dark", viewport=PHONE) as page:
            expect(page.get_by_test_id("current-name")).to_be_visible()
            self.picture("admin-phone", page)

    def many_files(self) -> None:
        """Take the picture of a decision about all that a filter finds, before it is sent."""
        with self.visit("/admin/#/files?verdict=infected") as page:
            page.get_by_test_id("choose-all-found").click()
            page.get_by_test_id("decide-rescan").click()
            expect(page.get_by_test_id("matched")).to_contain_text("finds")
            self.picture("admin-files", page)

    def one_file(self) -> None:
        """Take the picture of a file that was released."""
        with self.visit(f"/admin/#/files?search={SUSPECT[0]}") as page:
            page.get_by_test_id("file-link").first.click()
            page.get_by_test_id("decide-release").click()
            page.get_by_test_id("reason").fill(REASON)
            page.get_by_test_id("dialog-confirm").click()
            page.get_by_test_id("dismiss-decision").click()
            expect(page.get_by_test_id("verdict")).to_have_text("Released", timeout=PATIENCE_MS)
            expect(page.get_by_test_id("timeline")).to_contain_text("Released")
            self.picture("admin-file", page)

    def picture(self, name: str, page: Page) -> None:
        self.taken.append(self.target / f"{name}.png")
        page.screenshot(path=self.taken[-1], animations="disabled")
