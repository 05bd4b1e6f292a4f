"""A browser with a folder of its own on the disk: what it remembers outlives its tabs and itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, BrowserType

from devstack.pictures import FLAGS
from tests.browser.dock import Dock
from tests.browser.watcher import Watcher


class Profile:
    """One person's browser; `settings` are Playwright's for each of its windows."""

    def __init__(self, browser_type: BrowserType, program: str, folder: Path, settings: dict[str, Any]) -> None:
        self.watchers: list[Watcher] = []
        self._context: BrowserContext | None = None
        self._start: Callable[[], BrowserContext] = lambda: browser_type.launch_persistent_context(
            folder, executable_path=program, args=FLAGS, **settings
        )
        self._url = settings["base_url"]

    def open(self) -> Dock:
        """Starts the browser, with the page in its tab."""
        self._context = self._start()
        self.watchers.append(Watcher(self._context, self._url))
        dock = Dock(self._context.pages[0], self.watchers[-1])
        dock.open()
        return dock

    def kill_tab(self) -> None:
        """The tab dies in the middle of what it does (SIGKILL); then the browser is closed."""
        assert self._context
        assert self._context.browser
        processes = self._context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        with self._context.pages[0].expect_event("crash"):
            for process in processes:
                if process["type"] == "renderer":
                    os.kill(process["id"], signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """Ends the browser."""
        if self._context:
            self._context.close()
            self._context = None
