"""Measure what a page costs: memory, by its browser and the kernel, and the browser's processor time."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

KIB = 1024
COUNTED = ("RssAnon:", "RssShmem:")


class Tab:
    """Memory of a page in bytes above its initial value, the peaks of all samples, and seconds of processor time.

    heap: the page's own objects. browser: all processes of its browser together, without files that are mapped.
    """

    def __init__(self, page: Page) -> None:
        if page.context.browser is None:
            raise ValueError("the page's profile is kept, so it has no browser of its own")
        self._page = page.context.new_cdp_session(page)
        self._browser = page.context.browser.new_browser_cdp_session()
        self._page.send("Performance.enable")
        self._page.send("HeapProfiler.collectGarbage")
        self._start = (self._heap(), self._memory())
        self._used = self._processor()
        self.heap = self.browser = self.looks = 0

    def look(self) -> None:
        """Take one sample."""
        self.looks += 1
        self.heap = max(self.heap, self._heap() - self._start[0])
        self.browser = max(self.browser, self._memory() - self._start[1])

    def seconds(self) -> float:
        """Return the processor time of the browser's present processes since the beginning, in seconds."""
        return self._processor() - self._used

    def _heap(self) -> int:
        metrics = self._page.send("Performance.getMetrics")["metrics"]
        return int(next(metric["value"] for metric in metrics if metric["name"] == "JSHeapUsedSize"))

    def _memory(self) -> int:
        return sum(_resident(process["id"]) for process in self._processes())

    def _processor(self) -> float:
        return float(sum(process["cpuTime"] for process in self._processes()))

    def _processes(self) -> list[dict[str, float]]:
        found: list[dict[str, float]] = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        return found


def _resident(pid: float) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it has ended
        return 0
    return KIB * sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(COUNTED))
