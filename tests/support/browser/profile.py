"""A browser with a profile on disk, which survives its tabs and itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext

from tests.support.browser.browsers import RealBrowser
from tests.support.browser.page import UploadPage
from tests.support.browser.watcher import Watcher


class Profile:
    """A user's browser; `settings` are Playwright's for each of its windows."""

    def __init__(self, real_browser: RealBrowser, folder: Path, **settings: Any) -> None:
        self.watchers: list[Watcher] = []
        self._browser = real_browser
        self._folder = folder
        self._settings = settings
        self._context: BrowserContext | None = None

    def open(self) -> UploadPage:
        """Start the browser with the page in its tab."""
        self._context = self._browser.start_in(self._folder, **self._settings)
        self.watchers.append(Watcher(self._context, self._settings["base_url"]))
        upload_page = UploadPage(self._context.pages[0], self.watchers[-1])
        upload_page.open()
        return upload_page

    def kill_tab(self) -> None:
        """Kill the tab (SIGKILL), then close the browser."""
        assert self._context
        self._browser.kill_tab(self._context, self._folder)
        self.close()

    def close(self) -> None:
        """Close the browser."""
        if self._context:
            self._context.close()
            self._context = None
