"""The pictures in the README and in docs/page.md, taken anew:  python -m tools.docs.pictures

Runs everything as `./dev up` does, in a temporary folder, with some files on the page, and writes docs/pictures/*.png.
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
from tools.docs.scenes import PATIENCE_MS, Scenes, cargo, send, slow_down
from tools.programs import ROOT
from tools.stack.embedded import choose
from tools.stack.parts import PARTS, chromium
from tools.stack.processes.part import PartError
from tools.stack.processes.ports import free_port, is_free
from tools.stack.processes.supervisor import Supervisor
from tools.stack.servers.app import Api
from tools.stack.servers.clamd import Clamd, eicar
from tools.stack.up import say, start

TARGET = ROOT / "docs" / "pictures"
NEEDED = ("redis", "swift", "clamd", "chromium")
PORTS_OF_A_STACK = range(7)
MIB = 1024 * 1024
SLOW_UPLOAD = 2 * MIB
"""Bytes a second: slow enough for a bar that is half-way, quick enough to get there."""
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
    """How the page is looked at; sizes are CSS pixels, `top` selects what stands at the upper edge."""

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
    """A headless Chromium that asks nobody but the pages it is sent to. `program` is its path."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def running(data: Path) -> Iterator[str]:
    """Everything that `./dev up` runs, but nothing that the environment names; the page's address."""
    port = free_port()
    while not all(is_free(port + offset) for offset in PORTS_OF_A_STACK):
        port = free_port()
    stack = choose(data, port, {})
    # small parts: some have arrived where a picture is of an upload that stopped half-way
    stack.settings["CHUNK_SIZE"] = str(5 * MIB)
    for part in stack.parts:
        if isinstance(part, Clamd):
            # The machine's own signatures take their time, and the pictures need but one.
            part.system_signatures = False
    api = Api(data, stack.settings, port)
    supervisor = Supervisor(say)
    try:
        start(supervisor, stack, api, [], data)
        yield api.url
    finally:
        supervisor.stop()


def created(page: Page, path: str, **fields: str) -> Any:
    """What the API says of a user or an appointment that it has made."""
    return page.request.post(f"/api/v1/{path}/", data=fields).json()["data"]


def choose_papers(page: Page) -> None:
    """Some users with appointments; one of them is chosen."""
    directory = {"Tove Lindqvist": ["Crane 7"], "Amina Haddad": ["Customs, Monday", "Berth inspection"]}
    for name, titles in directory.items():
        user = created(page, "users", name=name)
        for title in titles:
            created(page, "appointments", user_id=user["id"], title=title)
    page.reload()
    page.get_by_test_id("user-select").select_option(label="Amina Haddad")
    page.get_by_test_id("appointment-select").select_option(label="Berth inspection")


def send_files(page: Page) -> None:
    """Clean ones, an infected one, and at last one that is on its way."""
    send(page, cargo("mooring-plan.pdf", secrets.token_bytes(2_386_000)), "clean")
    send(page, cargo("قائمة الشحنة.xlsx", secrets.token_bytes(188_000)), "clean")
    send(page, cargo("quay-wall-scan.las", secrets.token_bytes(12_190_000)), "clean")
    send(page, cargo("invoice-4471.com", eicar()), "infected")
    slow_down(page, SLOW_UPLOAD)
    send(page, cargo("drone-flight.mp4", secrets.token_bytes(31_500_000)), "uploading")
    expect(page.get_by_test_id("file-figures")).to_contain_text(re.compile(r"[4-9]\d\s?%"), timeout=PATIENCE_MS)


def take(page: Page, picture: Picture) -> None:
    """Writes one picture of the page as it is now."""
    page.set_viewport_size({"width": picture.width, "height": picture.height})
    page.emulate_media(color_scheme=picture.scheme, reduced_motion="reduce")
    if picture.top:
        page.locator(picture.top).evaluate("it => scrollTo(0, it.getBoundingClientRect().top + scrollY - 16)")
    file = TARGET / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled")
    tell(file)


def tell(file: Path) -> None:
    """A line for a picture that was taken."""
    say(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1024} KiB")


def main() -> int:
    """Returns the exit code."""
    absent = [reason for name in NEEDED if (reason := PARTS[name]())]
    if absent:
        raise PartError("\n".join(absent))
    build()
    TARGET.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="longshore-") as folder,
        running(Path(folder)) as url,
        open_browser(str(chromium())) as browser,
    ):
        page = browser.new_page(base_url=url, device_scale_factor=SCREEN_PIXELS)
        page.goto("/")
        choose_papers(page)
        send_files(page)
        for picture in PICTURES:
            take(page, picture)
        page.context.close()
        for file in Scenes(browser, url, TARGET, Path(folder)).take_all():
            tell(file)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (PartError, WebError) as error:
        sys.exit(f"./dev pictures: {error}")
