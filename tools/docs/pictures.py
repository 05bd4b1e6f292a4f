"""Take the pictures in the README and the manuals:  python -m tools.docs.pictures

It runs everything as `./dev up` does, in a temporary folder, with some files on the page, and writes
docs/pictures/*.png.
"""

import re
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools.checks.web import WebError, build
from tools.docs.admin_scenes import AdminScenes
from tools.docs.admin_service_scenes import ServiceScenes, write_history
from tools.docs.scenes import PATIENCE_MS, Scenes, payload, send, slow_down
from tools.programs import ROOT
from tools.stack.embedded import choose
from tools.stack.parts import PARTS, chromium
from tools.stack.processes.part import PartError
from tools.stack.processes.ports import free_port, is_free
from tools.stack.processes.supervisor import Supervisor
from tools.stack.servers.app import Api, Cron, Worker
from tools.stack.servers.clamd import Clamd, eicar
from tools.stack.up import say, start

TARGET = ROOT / "docs" / "pictures"
NEEDED = ("redis", "swift", "clamd", "chromium")
PORTS_OF_A_STACK = range(7)
MIB = 1024 * 1024
SLOW_UPLOAD = 2 * MIB
"""Bytes a second: slow enough for a half-filled progress bar, quick enough to reach it."""
SCREEN_PIXELS = 1.5
"""For each CSS pixel."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Picture(NamedTuple):
    """A view of the page; sizes are CSS pixels, `top` selects the element at the upper edge."""

    name: str
    scheme: Literal["light", "dark"]
    width: int
    height: int
    top: str | None = None


PICTURES = (
    Picture("page-light", "light", 1120, 900),
    Picture("page-dark", "dark", 1120, 900),
    Picture("page-phone", "light", 390, 800, top="#files-title"),
)


@contextmanager
def open_browser(program: str) -> Iterator[Browser]:
    """Start a headless Chromium that connects only to the pages it opens. `program` is its path."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def running(data: Path) -> Iterator[Api]:
    """Run everything that `./dev up` runs, without the environment's services; yield the API."""
    port = free_port()
    while not all(is_free(port + offset) for offset in PORTS_OF_A_STACK):
        port = free_port()
    stack = choose(data, port, {})
    # small parts, so that an interrupted upload has some of them
    stack.settings["CHUNK_SIZE"] = str(5 * MIB)
    for part in stack.parts:
        if isinstance(part, Clamd):
            # the machine's own signatures load slowly, and the pictures need only one
            part.system_signatures = False
    api = Api(data, stack.settings, port)
    later = [Worker(data, stack.settings), Cron(data, stack.settings)]
    supervisor = Supervisor(say)
    try:
        start(supervisor, stack, api, later, data)
        supervisor.start(later)
        yield api
    finally:
        supervisor.stop()


def created(page: Page, path: str, **fields: str) -> Any:
    """Create a user or an appointment by the API and return its fields."""
    return page.request.post(f"/api/v1/{path}/", data=fields).json()["data"]


def choose_assignment(page: Page) -> None:
    """Create users with appointments, and choose one on the page."""
    directory = {"Tove Lindqvist": ["Crane 7"], "Amina Haddad": ["Customs, Monday", "Hull inspection"]}
    for name, titles in directory.items():
        user = created(page, "users", name=name)
        for title in titles:
            created(page, "appointments", user_id=user["id"], title=title)
    page.reload()
    page.get_by_test_id("user-select").select_option(label="Amina Haddad")
    page.get_by_test_id("appointment-select").select_option(label="Hull inspection")


def send_files(page: Page) -> None:
    """Upload clean files, an infected one, and one that is still uploading."""
    send(page, payload("mooring-plan.pdf", secrets.token_bytes(2_386_000)), "clean")
    send(page, payload("قائمة الشحنة.xlsx", secrets.token_bytes(188_000)), "clean")
    send(page, payload("wall-scan.las", secrets.token_bytes(12_190_000)), "clean")
    send(page, payload("invoice-4471.com", eicar()), "infected")
    slow_down(page, SLOW_UPLOAD)
    send(page, payload("drone-flight.mp4", secrets.token_bytes(31_500_000)), "uploading")
    expect(page.get_by_test_id("file-figures")).to_contain_text(re.compile(r"[4-9]\d\s?%"), timeout=PATIENCE_MS)


def take(page: Page, picture: Picture) -> None:
    """Write a picture of the page."""
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.emulate_media(color_scheme=picture.scheme, reduced_motion="reduce")
    if picture.top:
        page.locator(picture.top).evaluate("it => scrollTo(0, it.getBoundingClientRect().top + scrollY - 16)")
    file = TARGET / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled")
    print_size(file)


def print_size(file: Path) -> None:
    """Print a line for a picture."""
    say(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1024} KiB")


def main() -> int:
    """Return the exit code."""
    missing = [reason for name in NEEDED if (reason := PARTS[name]())]
    if missing:
        raise PartError("\n".join(missing))
    build()
    TARGET.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="longshore-") as folder,
        running(Path(folder)) as api,
        open_browser(str(chromium())) as browser,
    ):
        page = browser.new_page(base_url=api.url, device_scale_factor=SCREEN_PIXELS)
        page.goto("/")
        choose_assignment(page)
        send_files(page)
        for picture in PICTURES:
            take(page, picture)
        page.context.close()
        write_history(api.settings["DATABASE_URL"])
        own = (browser, api.url, TARGET)
        for scenes in (Scenes(*own, Path(folder)), AdminScenes(*own), ServiceScenes(*own)):
            for file in scenes.take_all():
                print_size(file)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (PartError, WebError) as error:
        sys.exit(f"./dev pictures: {error}")
