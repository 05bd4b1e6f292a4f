"""Measure the memory of a tab, by its browser and the kernel."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

KIB = 1024
COUNTED = ("RssAnon:", "RssShmem:")


class Tab:
    """Memory of a page in bytes above its initial value; the peaks of all samples.

    heap: the page's own objects. browser: all processes of its browser together, without files that are mapped.
    """

    def __init__(self, page: Page) -> None:
        assert page.context.browser
        self._page = page.context.new_cdp_session(page)
        self._browser = page.context.browser.new_browser_cdp_session()
        self._page.send("Performance.enable")
        self._page.send("HeapProfiler.collectGarbage")
        self._start = (self._heap(), self._memory())
        self.heap = self.browser = self.looks = 0

    def look(self) -> None:
        """Take one sample."""
        self.looks += 1
        self.heap = max(self.heap, self._heap() - self._start[0])
        self.browser = max(self.browser, self._memory() - self._start[1])

    def _heap(self) -> int:
        metrics = self._page.send("Performance.getMetrics")["metrics"]
        return int(next(metric["value"] for metric in metrics if metric["name"] == "JSHeapUsedSize"))

    def _memory(self) -> int:
        processes = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(_resident(process["id"]) for process in processes)


def _resident(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it has ended
        return 0
    return KIB * sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(COUNTED))
