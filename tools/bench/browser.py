"""Measure uploads from Chromium: our engine against `@uppy/aws-s3` with `@uppy/companion`, on one storage.

One file of 1 GiB, and a drop of 2,000 files of 20 kB. All use their defaults, from the choice until the completion;
scanning is off. Ours also runs without checksums, as Uppy computes none. Uppy runs twice: 5.1 sends parts in parallel,
6 one by one (https://github.com/transloadit/uppy/issues/6547); for files of one part there is no difference. The pages
are in peers/browser; npm installs their packages at the first run.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from urllib.parse import quote

from playwright.sync_api import Browser

from tools.bench.rig.browser_cost import Tab
from tools.bench.rig.measure import Claim, Report, cpu_seconds
from tools.bench.rig.rig import Rig, rig
from tools.bench.signing_api import PEER as COMPANION
from tools.bench.signing_api import Companion
from tools.bench.upload import write_random
from tools.checks.web import WebError, node_environment
from tools.docs.pictures import open_browser
from tools.stack.parts import chromium, chromium_available
from tools.stack.processes.parent_watch import members
from tools.stack.servers.app import run_prepare
from tools.stack.try_storage import try_storage

PAGES = Path(__file__).parent / "peers" / "browser"
PACKAGES = (COMPANION, PAGES, PAGES / "uppy5")
GIB = 2**30
SMALL_FILES, SMALL = 2_000, 20_000
ROUNDS = 5
SMALL_ROUNDS = 3
PATIENCE_SECONDS = 1800.0
STEP_MS = 250
"""Between two samples of memory."""
SMOOTH_MS = 50
"""A task is long from here on (https://www.w3.org/TR/longtasks-1/)."""
OURS, PLAIN = "longshore", "longshore without checksums"
UPPY_5, UPPY_6 = PEERS = ("uppy 5.1 with companion", "uppy with companion")


@dataclass
class Figures:
    """Figures of one contestant, round by round.

    calls: requests to the service. service, browser: seconds of processor time. peak: bytes of memory of the browser
    above those before. longest: milliseconds of the main thread's longest task.
    """

    seconds: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    service: list[float] = field(default_factory=list)
    browser: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    longest: list[float] = field(default_factory=list)

    def medians(self) -> dict[str, float]:
        """Return the median of each figure, without the first round, which warms up."""
        return {name: median(rounds[1:]) for name, rounds in vars(self).items()}


class Contestant:
    """A page with an uploader, and the service that it calls."""

    def __init__(self, browser: Browser, url: str, endpoint: str, pids: Callable[[], Iterable[int]]) -> None:
        self._browser = browser
        self._url = url
        self._endpoint = endpoint
        self._pids = pids
        self._requests = 0

    def upload(self, files: Sequence[Path], figures: Figures) -> None:
        """Run one round, in a new tab. Raises AssertionError if the upload fails."""
        page = self._browser.new_context().new_page()
        page.on("request", lambda request: self._count(request.url))
        page.goto(self._url)
        root = page.locator("html")
        root.and_(page.locator("[data-state=ready]")).wait_for(state="attached")
        used, self._requests = cpu_seconds(self._pids()), 0
        tab = Tab(page)
        page.locator("input").set_input_files(files)
        until = time.monotonic() + PATIENCE_SECONDS
        while (state := root.get_attribute("data-state")) == "ready" and time.monotonic() < until:
            tab.look()
            page.wait_for_timeout(STEP_MS)
        if state != "done":
            raise AssertionError(f"{self._url}: {state}")
        figures.seconds.append(float(root.get_attribute("data-ms") or "nan") / 1000)
        figures.calls.append(self._requests)
        figures.service.append(cpu_seconds(self._pids()) - used)
        figures.browser.append(tab.seconds())
        figures.peak.append(tab.browser)
        figures.longest.append(float(root.get_attribute("data-longest") or "nan"))
        page.context.close()

    def _count(self, url: str) -> None:
        self._requests += url.startswith(self._endpoint)


def run() -> Report:
    for folder in PACKAGES:
        if not (folder / "node_modules").exists():
            subprocess.run(["npm", "ci", "--silent"], cwd=folder, check=True, env=node_environment())
    subprocess.run(["npx", "vite", "build", "--logLevel", "warn"], cwd=PAGES, check=True, env=node_environment())
    with rig() as parts, served(PAGES / "dist") as site, open_browser(browser_path()) as browser:
        large = parts.folder / "large.bin"
        write_random(large, GIB)
        small = [parts.folder / f"small {number}.bin" for number in range(SMALL_FILES)]
        for file in small:
            file.write_bytes(os.urandom(SMALL))
        uploaders = contestants(parts, site, browser)
        of_large, of_small = ({name: Figures() for name in names} for names in (uploaders, (OURS, UPPY_5)))
        for _ in range(ROUNDS + 1):
            for name, uploader in uploaders.items():
                uploader.upload([large], of_large[name])
        for _ in range(SMALL_ROUNDS + 1):
            for name in of_small:
                uploaders[name].upload(small, of_small[name])
    return report(of_large, of_small)


def contestants(parts: Rig, site: str, browser: Browser) -> dict[str, Contestant]:
    """Start both services, and return the contestants by name."""
    settings = parts.settings(CORS_ORIGINS=site)
    run_prepare(settings, parts.folder)
    # as after the first daily check: small files are stored by one PUT
    try_storage(settings)
    api = parts.api(settings)
    companion = parts.run(Companion(parts.folder, parts.storage.env()))
    ours, theirs = f"http://127.0.0.1:{api.port}", f"http://127.0.0.1:{companion.port}"

    def pids() -> list[int]:
        return [pid for child in companion.children for pid in members(child.pid)]

    pages = {
        OURS: f"longshore.html?endpoint={quote(ours)}",
        PLAIN: f"longshore.html?endpoint={quote(ours)}&checksum=none",
    }
    peers = {UPPY_5: f"uppy5.html?endpoint={quote(theirs)}", UPPY_6: f"uppy.html?endpoint={quote(theirs)}"}
    return {name: Contestant(browser, f"{site}/{page}", ours, api.pids) for name, page in pages.items()} | {
        name: Contestant(browser, f"{site}/{page}", theirs, pids) for name, page in peers.items()
    }


def report(large: dict[str, Figures], small: dict[str, Figures]) -> Report:
    """Return the figures, against the faster Uppy."""
    gib = {name: figures.medians() for name, figures in large.items()}
    drop = {name: figures.medians() for name, figures in small.items()}
    peer = min(PEERS, key=lambda name: gib[name]["seconds"])
    shown = {
        "calls": "calls of {}",
        "service": "processor of {}'s service",
        "browser": "processor of {}'s browser",
        "peak": "MiB of {}'s browser",
    }
    return Report(
        name="browser",
        unit="seconds for 1 GiB",
        medians={name: figures["seconds"] for name, figures in gib.items()}
        | {
            words.format(name): figures[figure] / (2**20 if figure == "peak" else 1)
            for figure, words in shown.items()
            for name, figures in gib.items()
        }
        | {f"{SMALL_FILES} files by {name}, s": figures["seconds"] for name, figures in drop.items()}
        | {f"longest task of {name}, ms": figures["longest"] for name, figures in drop.items()},
        rounds={name: figures.seconds[1:] for name, figures in large.items()}
        | {f"{SMALL_FILES} files by {name}": figures.seconds[1:] for name, figures in small.items()},
        claims=[
            Claim("Uppy's time, with a checksum for each part", ratio(gib, OURS, peer), 1, at_most=True),
            Claim("Uppy's time, without", ratio(gib, PLAIN, peer), 1, at_most=True),
            Claim("Uppy's calls to its service", ratio(gib, OURS, peer, "calls"), 0.01, at_most=True),
            Claim("the processor time of Companion", ratio(gib, OURS, peer, "service"), 1, at_most=True),
            Claim(
                "the browser's processor time with Uppy, without checksums",
                ratio(gib, PLAIN, peer, "browser"),
                1,
                at_most=True,
            ),
            Claim("the browser's memory with Uppy, with checksums", ratio(gib, OURS, peer, "peak"), 1, at_most=True),
            Claim(f"Uppy's files per second, {SMALL_FILES} in one drop", ratio(drop, UPPY_5, OURS), 3),
            Claim(
                f"of the longest task of {SMALL_FILES} files in one drop",
                drop[OURS]["longest"],
                SMOOTH_MS,
                at_most=True,
                unit=" ms",
            ),
        ],
    )


def ratio(figures: dict[str, dict[str, float]], one: str, other: str, figure: str = "seconds") -> float:
    """Return a figure of one contestant as a multiple of another's."""
    return figures[one][figure] / figures[other][figure]


def browser_path() -> str:
    """Return the path of Chromium. Raises WebError if this machine has none."""
    path = chromium()
    if path is None:
        raise WebError(chromium_available() or "Chromium is not installed")
    return path


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
