"""The browsers in which the page is proved: how each is started, and how it dies."""

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
"""For a test of what browsers may do differently. All others run in Chromium alone.

One stack serves both, so its files are named after its `browser_name`.
"""


class RealBrowser(ABC):
    """A program that is installed; a context manager. `running` forgets everything when it ends."""

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
        """Another one, which keeps in a folder what it is to remember."""
        return self._kind.launch_persistent_context(folder, **self._options, **settings)

    @abstractmethod
    def kill_tab(self, context: BrowserContext, folder: Path) -> None:
        """The only tab of the one in this folder dies in the middle of what it does (SIGKILL)."""


class Chromium(RealBrowser):
    """Chromium or Chrome."""

    def __init__(self, playwright: Playwright, program: str) -> None:
        super().__init__(playwright.chromium, executable_path=program, args=FLAGS)

    def kill_tab(self, context: BrowserContext, folder: Path) -> None:
        assert context.browser
        processes = context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        with context.pages[0].expect_event("crash"):
            for process in processes:
                if process["type"] == "renderer":
                    os.kill(process["id"], signal.SIGKILL)


class Firefox(RealBrowser):
    """Firefox as everybody has it, by WebDriver BiDi. It tells nobody which process is its tab's: all of it dies."""

    def __init__(self, playwright: Playwright, program: str) -> None:
        settings = {"browser.download.alwaysOpenPanel": False}  # it would take the focus away from the page
        super().__init__(
            playwright.firefox, executable_path=program, channel="moz-firefox", firefox_user_prefs=settings
        )

    def kill_tab(self, context: BrowserContext, folder: Path) -> None:
        with context.expect_event("close"):
            os.kill(started_with("--profile", str(folder)), signal.SIGKILL)


def started_with(*arguments: str) -> int:
    """The number of the one process whose command line holds these arguments, one after the other."""
    wanted = "".join(f"\0{argument}" for argument in (*arguments, "")).encode()
    (found,) = [file.parent.name for file in Path("/proc").glob("[0-9]*/cmdline") if wanted in _read(file)]
    return int(found)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # the process has ended
        return b""
