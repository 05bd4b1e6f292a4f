"""The page as a user sees it: choose files, read their rows, press buttons."""

from __future__ import annotations

from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.support.browser.watcher import Watcher

SETTLED_MS = 60_000
"""Maximum time of a file from its choice to its verdict."""
TAB_STOPS = 60
MAKE_TRANSFER = """files => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  return transfer;
}"""


def named(name: str, body: bytes) -> FilePayload:
    """A file to choose; its type follows from its extension, or is empty like that of most unknown extensions."""
    return {"name": name, "mimeType": guess_type(name)[0] or "", "buffer": body}


class UploadPage:
    """A tab with the page; `watcher` records its requests and errors."""

    def __init__(self, page: Page, watcher: Watcher) -> None:
        self.page = page
        self.watcher = watcher
        self.rows = page.get_by_test_id("file-row")

    def open(self) -> None:
        """Load the page and return when its lists are shown."""
        self.page.goto("/")
        expect(self.page.locator("input[type=file]").first).to_be_attached()
        expect(self.page.get_by_text("Loading files")).to_have_count(0)

    def hook(self, test_id: str) -> Locator:
        """Return the element with a `data-testid`."""
        return self.page.get_by_test_id(test_id)

    def choose(self, *files: FilePayload | Path) -> None:
        """Choose files in the file dialog, all at once."""
        self.hook("drop-input").set_input_files(list(files))  # type: ignore[arg-type]

    def row(self, name: str) -> Locator:
        """Return the row of the file with this name."""
        return self.rows.filter(has=self.hook("file-name").get_by_text(name, exact=True))

    def expect_state(self, name: str, state: str) -> Locator:
        """Wait until the file's row shows this state, and return it."""
        row = self.row(name)
        expect(row).to_have_attribute("data-state", state, timeout=SETTLED_MS)
        return row

    def drop(self, files: Mapping[str, str]) -> None:
        """Drop files with these names and texts on the drop zone, all at once."""
        payload = self.page.evaluate_handle(MAKE_TRANSFER, list(files.items()))
        for event in ("dragover", "drop"):
            self.hook("drop-zone").dispatch_event(event, {"dataTransfer": payload})

    def send(self, name: str, body: bytes, state: str = "clean") -> Locator:
        """Choose a file and wait for its verdict."""
        self.choose(named(name, body))
        return self.expect_state(name, state)

    def download(self, row: Locator) -> tuple[str, bytes]:
        """Return name and bytes of the file that the row's button downloads."""
        with self.page.expect_download() as started:
            row.get_by_test_id("download").click()
        return started.value.suggested_filename, started.value.path().read_bytes()

    def data(self, path: str) -> Any:
        """Return the API's response to a request outside of the page."""
        return self.page.request.get(f"/api/v1/{path}").json()

    def create(self, path: str, **fields: str) -> Any:
        """Create a user or an appointment outside of the page."""
        return self.page.request.post(f"/api/v1/{path}/", data=fields).json()["data"]

    def tab_to(self, test_id: str, back: bool = False) -> None:
        """Press Tab (Shift+Tab with `back`) until the element has the focus."""
        wanted = self.hook(test_id)
        for _ in range(TAB_STOPS):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            if wanted.evaluate_all("found => found.includes(document.activeElement)"):
                return
        raise AssertionError(f"the Tab key does not lead to {test_id}")
