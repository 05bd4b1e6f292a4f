"""The page as a person uses it: choose files, look at their rows, press their buttons."""

from __future__ import annotations

from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.support.browser.watcher import Watcher

SETTLED_MS = 60_000
"""How long a file may take from its choice to its verdict."""
TAB_STOPS = 60
MAKE_CARGO = """files => {
  const cargo = new DataTransfer();
  for (const [name, text] of files) cargo.items.add(new File([text], name));
  return cargo;
}"""


def named(name: str, body: bytes) -> FilePayload:
    """A file to choose; it has the type of its ending, or none, as most files of unknown endings."""
    return {"name": name, "mimeType": guess_type(name)[0] or "", "buffer": body}


class UploadPage:
    """One tab with the page in it; `watcher` hears what it asks for and complains of."""

    def __init__(self, page: Page, watcher: Watcher) -> None:
        self.page = page
        self.watcher = watcher
        self.rows = page.get_by_test_id("file-row")

    def open(self) -> None:
        """Loads the page and returns when its lists are there."""
        self.page.goto("/")
        expect(self.page.locator("input[type=file]").first).to_be_attached()
        expect(self.page.get_by_text("Loading files")).to_have_count(0)

    def hook(self, test_id: str) -> Locator:
        """What carries a `data-testid`."""
        return self.page.get_by_test_id(test_id)

    def choose(self, *files: FilePayload | Path) -> None:
        """Picks files in the file dialog, all at once."""
        self.hook("drop-input").set_input_files(list(files))  # type: ignore[arg-type]

    def row(self, name: str) -> Locator:
        """The row of the file of this name."""
        return self.rows.filter(has=self.hook("file-name").get_by_text(name, exact=True))

    def expect_state(self, name: str, state: str) -> Locator:
        """Waits until the file's row says so, and returns it."""
        row = self.row(name)
        expect(row).to_have_attribute("data-state", state, timeout=SETTLED_MS)
        return row

    def drop(self, files: Mapping[str, str]) -> None:
        """Lets files of these names and texts fall on the field, all at once, as after dragging them there."""
        payload = self.page.evaluate_handle(MAKE_CARGO, list(files.items()))
        for event in ("dragover", "drop"):
            self.hook("drop-zone").dispatch_event(event, {"dataTransfer": payload})

    def send(self, name: str, body: bytes, state: str = "clean") -> Locator:
        """Chooses one file and waits for its verdict."""
        self.choose(named(name, body))
        return self.expect_state(name, state)

    def download(self, row: Locator) -> tuple[str, bytes]:
        """Name and bytes of what the row's button brings to the disk."""
        with self.page.expect_download() as started:
            row.get_by_test_id("download").click()
        return started.value.suggested_filename, started.value.path().read_bytes()

    def data(self, path: str) -> Any:
        """What the API answers, asked from outside the page."""
        return self.page.request.get(f"/api/v1/{path}").json()

    def create(self, path: str, **fields: str) -> Any:
        """A user or an appointment, made from outside the page."""
        return self.page.request.post(f"/api/v1/{path}/", data=fields).json()["data"]

    def tab_to(self, test_id: str, back: bool = False) -> None:
        """Presses Tab (Shift+Tab with `back`) until the focus is there."""
        wanted = self.hook(test_id)
        for _ in range(TAB_STOPS):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            if wanted.evaluate_all("found => found.includes(document.activeElement)"):
                return
        raise AssertionError(f"the Tab key does not lead to {test_id}")
