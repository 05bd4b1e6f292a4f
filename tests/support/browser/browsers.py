"""The browsers in which the page is tested: start each, and kill it."""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Playwright

from tools.docs.pictures import FLAGS

in_both = pytest.mark.parametrize("browser_name", ["chromium", "firefox"])
"""Runs a test in both browsers. All other tests run only in Chromium. One stack serves both, so the test's files
contain `browser_name` in their names."""


class RealBrowser(ABC):
    """An installed browser; a context manager. `running` deletes its profile at the end."""

    running: Browser

    def __init__(self, kind: BrowserType, **options: Any) -> None:
        self._kind = kind
        self._options = options

    def __enter__(self) -> RealBrowser:
        self.running = self._kind.launch(**self._options)
        return self

    def __exit__(self, *_error: object) -> None:
        self.running.close()

    def start_in(self, folder: Path, **settings: Any) -> BrowserContext:
        """Return a browser whose profile is kept in a folder."""
        return self._kind.launch_persistent_context(folder, **self._options, **settings)

    @abstractmethod
    def kill_tab(self, context: BrowserContext, folder: Path) -> None:
        """Kill the only tab of the browser with this folder (SIGKILL)."""


class Chromium(RealBrowser):
    """Chromium or Chrome. flags: further ones of its command line."""

    def __init__(self, playwright: Playwright, program: str, *flags: str) -> None:
        super().__init__(playwright.chromium, executable_path=program, args=[*FLAGS, *flags])

    def kill_tab(self, context: BrowserContext, folder: Path) -> None:
        assert context.browser
        processes = context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        with context.pages[0].expect_event("crash"):
            for process in processes:
                if process["type"] == "renderer":
                    os.kill(process["id"], signal.SIGKILL)


class Firefox(RealBrowser):
    """An unmodified Firefox, by WebDriver BiDi.

    It does not report the process of a tab, so the whole browser is killed.
    """

    def __init__(self, playwright: Playwright, program: str) -> None:
        settings = {"browser.download.alwaysOpenPanel": False}  # it would take the focus from the page
        super().__init__(
            playwright.firefox, executable_path=program, channel="moz-firefox", firefox_user_prefs=settings
        )

    def kill_tab(self, context: BrowserContext, folder: Path) -> None:
        with context.expect_event("close"):
            os.kill(started_with("--profile", str(folder)), signal.SIGKILL)


def started_with(*arguments: str) -> int:
    """Return the pid of the only process whose command line contains these arguments in sequence."""
    wanted = "".join(f"\0{argument}" for argument in (*arguments, "")).encode()
    (found,) = [file.parent.name for file in Path("/proc").glob("[0-9]*/cmdline") if wanted in _read(file)]
    return int(found)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # the process has ended
        return b""
