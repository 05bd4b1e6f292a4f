"""Measure the upload of 1 GiB from Chromium: our engine against `@uppy/aws-s3` with `@uppy/companion`, on one storage.

Both use their defaults, from the choice of the file until its completion; scanning is off. Ours also runs without
checksums, as Uppy computes none. Both pages are in peers/browser; npm installs their packages at the first run.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from urllib.parse import quote

from playwright.sync_api import Browser, Page

from tools.bench.measure import Claim, Report, cpu_seconds, medians
from tools.bench.rig import rig
from tools.bench.signing_api import PEER as COMPANION
from tools.bench.signing_api import Companion
from tools.bench.upload import write_random
from tools.checks.web import WebError, node_environment
from tools.docs.pictures import open_browser
from tools.stack.parts import chromium, chromium_available
from tools.stack.processes.parent_watch import members

PAGES = Path(__file__).parent / "peers" / "browser"
GIB = 2**30
ROUNDS = 5
PATIENCE_MS = 300_000
OURS, PLAIN, PEER = "longshore", "longshore without checksums", "uppy with companion"


class Contestant:
    """A page with an uploader, and the service that it calls.

    seconds, calls, processor: of each round; calls are requests to the service, processor is its processor time in s.
    """

    def __init__(self, page: Page, url: str, endpoint: str, pids: Callable[[], Iterable[int]]) -> None:
        self._page = page
        self._url = url
        self._endpoint = endpoint
        self._pids = pids
        self._requests = 0
        self.seconds: list[float] = []
        self.calls: list[int] = []
        self.processor: list[float] = []
        page.on("request", lambda request: self._count(request.url))

    def upload(self, file: Path) -> None:
        """Run one round, on a page that has just been loaded. Raises AssertionError if the upload fails."""
        self._page.goto(self._url)
        root = self._page.locator("html")
        root.and_(self._page.locator("[data-state=ready]")).wait_for(state="attached")
        used, self._requests = cpu_seconds(self._pids()), 0
        self._page.locator("input").set_input_files(file)
        root.and_(self._page.locator("[data-state=done],[data-state^=failed]")).wait_for(
            state="attached", timeout=PATIENCE_MS
        )
        if root.get_attribute("data-state") != "done":
            raise AssertionError(root.get_attribute("data-state"))
        self.seconds.append(float(root.get_attribute("data-ms") or "nan") / 1000)
        self.calls.append(self._requests)
        self.processor.append(cpu_seconds(self._pids()) - used)

    def _count(self, url: str) -> None:
        self._requests += url.startswith(self._endpoint)


def run() -> Report:
    for folder in (COMPANION, PAGES):
        if not (folder / "node_modules").exists():
            subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True, env=node_environment())
    subprocess.run(["npx", "vite", "build", "--logLevel", "warn"], cwd=PAGES, check=True, env=node_environment())
    with rig() as parts, served(PAGES / "dist") as site, open_browser(browser_path()) as browser:
        file = parts.folder / "large.bin"
        write_random(file, GIB)
        api = parts.api(parts.settings(CORS_ORIGINS=site))
        companion = parts.run(Companion(parts.folder, parts.storage.env()))
        ours, theirs = f"http://127.0.0.1:{api.port}", f"http://127.0.0.1:{companion.port}"
        contestants = {
            OURS: Contestant(tab(browser), f"{site}/longshore.html?endpoint={quote(ours)}", ours, api.pids),
            PLAIN: Contestant(
                tab(browser), f"{site}/longshore.html?endpoint={quote(ours)}&checksum=none", ours, api.pids
            ),
            PEER: Contestant(
                tab(browser),
                f"{site}/uppy.html?endpoint={quote(theirs)}",
                theirs,
                lambda: [pid for child in companion.children for pid in members(child.pid)],
            ),
        }
        for _ in range(ROUNDS + 1):
            for contestant in contestants.values():
                contestant.upload(file)
    return report(contestants)


def report(contestants: dict[str, Contestant]) -> Report:
    """Return the figures; the first round was to warm up, and does not count."""
    rounds = {name: contestant.seconds[1:] for name, contestant in contestants.items()}
    seconds = medians(rounds)
    calls = {name: median(contestant.calls[1:]) for name, contestant in contestants.items()}
    processor = {name: median(contestant.processor[1:]) for name, contestant in contestants.items()}
    return Report(
        name="browser",
        unit="seconds for 1 GiB",
        medians=seconds
        | {f"calls of {name}": count for name, count in calls.items()}
        | {f"processor of {name}'s service": used for name, used in processor.items()},
        rounds=rounds,
        claims=[
            Claim("Uppy's time, with a checksum for each part", seconds[OURS] / seconds[PEER], 1, at_most=True),
            Claim("Uppy's time, without", seconds[PLAIN] / seconds[PEER], 1, at_most=True),
            Claim("Uppy's calls to its service", calls[OURS] / calls[PEER], 0.01, at_most=True),
            Claim("the processor time of Companion", processor[OURS] / processor[PEER], 1, at_most=True),
        ],
    )


def browser_path() -> str:
    """Return the path of Chromium. Raises WebError if this machine has none."""
    path = chromium()
    if path is None:
        raise WebError(chromium_available() or "Chromium is not installed")
    return path


def tab(browser: Browser) -> Page:
    return browser.new_context().new_page()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder as a site of its own origin, inside the block; yield its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Logging would be part of the figures."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
