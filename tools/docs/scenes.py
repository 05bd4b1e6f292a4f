"""Every state of the page, brought about for a picture: a row of it, or the whole page"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Locator, Page, Route, expect

from service.scanner.samples import encrypted_zip
from tools.stack.servers.clamd import eicar

PATIENCE_MS = 60_000
WIDE = {"width": 1120, "height": 760}
PHONE = {"width": 390, "height": 780}
SLOW_UPLOAD = 1024 * 1024
"""Bytes a second."""
HEAVY = 40_000_000
"""Bytes of a file that travels for as long as its pictures take."""
DRAW_HARBOUR = """async () => {
  const [canvas, pen] = [document.createElement("canvas")].flatMap(it => [it, it.getContext("2d")]);
  [canvas.width, canvas.height] = [960, 600];
  const fill = (colour, ...box) => { pen.fillStyle = colour; pen.fillRect(...box); };
  fill("#f3d9b1", 0, 0, 960, 360); fill("#e9a86b", 0, 280, 960, 80); fill("#14525c", 0, 360, 960, 240);
  fill("#b4432c", 180, 300, 420, 90); fill("#102e35", 160, 380, 470, 40);
  ["#33606a", "#8a5137", "#4d6339", "#80682a"].forEach((colour, at) => fill(colour, 200 + at * 100, 240, 90, 60));
  fill("#102e35", 720, 80, 18, 300); fill("#102e35", 560, 80, 300, 14); fill("#102e35", 600, 94, 4, 130);
  const blob = await new Promise(done => canvas.toBlob(done, "image/png"));
  return [...new Uint8Array(await blob.arrayBuffer())];
}"""


class Scenes:
    """Takes the pictures of one browser's visits to the page at `url`, into `target`."""

    def __init__(self, browser: Browser, url: str, target: Path, folder: Path) -> None:
        self.browser = browser
        self.url = url
        self.target = target
        self.taken: list[Path] = []
        self.heavy = folder / "survey-flight.mp4"
        self.heavy.write_bytes(os.urandom(HEAVY))

    def take_all(self) -> list[Path]:
        """Every picture; returns their files."""
        self.on_the_way()
        self.verdicts()
        self.list_and_dialogs()
        return self.taken

    @contextmanager
    def visit(self, **options: object) -> Iterator[Page]:
        """A fresh profile on the page."""
        settings = {"base_url": self.url, "viewport": WIDE, "reduced_motion": "reduce", **options}
        context = self.browser.new_context(**settings)  # type: ignore[arg-type]
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto("/")
        expect(page.get_by_text("Loading files")).to_have_count(0)
        yield page
        context.close()

    def on_the_way(self) -> None:
        """From the choice of a file to the end of its bytes, and what is left where they stop."""
        with self.visit() as page:
            slow_down(page)
            page.get_by_test_id("drop-input").set_input_files([self.heavy])
            row = self.row(page, self.heavy.name)
            expect(row.get_by_test_id("file-figures")).to_contain_text(
                re.compile(r"[1-9]\d\s?%.*left"), timeout=PATIENCE_MS
            )
            self.picture("state-uploading", row)
            page.get_by_test_id("drop-input").set_input_files(
                [cargo(f"crate-{number}.bin", secrets.token_bytes(3_000_000)) for number in range(1, 5)]
            )
            expect(page.get_by_test_id("total-progress")).to_be_visible()
            self.picture("state-waiting", self.row(page, "crate-4.bin"))
            self.picture("total", page.get_by_test_id("total-progress"))
            expect(row.get_by_test_id("file-figures")).to_contain_text(re.compile(r"[6-8]\d\s?%"), timeout=PATIENCE_MS)
            row.get_by_test_id("pause").click()
            expect(row.get_by_test_id("file-note")).to_contain_text("until")
            self.picture("state-paused", row)

            page.reload()
            left = page.get_by_test_id("unfinished")
            expect(left).to_be_visible()
            self.picture("unfinished", left)
            # held at its work, for it is done in a moment
            page.route("**/assets/worker-*.js", lambda _route: None)
            page.get_by_test_id("drop-input").set_input_files([self.heavy])
            expect(row).to_have_attribute("data-state", "comparing", timeout=PATIENCE_MS)
            self.picture("state-comparing", row)
            page.unroute_all(behavior="ignoreErrors")

    def verdicts(self) -> None:
        """What a scan comes to, and an upload that failed: its file was changed under the page's hands."""
        with self.visit() as page:
            page.route("**/api/v1/file/status/*", hold_the_scan)
            self.picture("state-scanning", send(page, cargo("quay-wall.las", secrets.token_bytes(900_000)), "scanning"))
            page.unroute("**/api/v1/file/status/*")
            self.picture("state-clean", self.settled(page, "quay-wall.las", "clean"))
            self.picture("state-infected", send(page, cargo("invoice.com", eicar()), "infected"))
            self.picture("state-unscannable", send(page, cargo("sealed.zip", encrypted_zip()), "blocked"))

            doomed = self.heavy.with_name("drone-flight.mov")
            doomed.write_bytes(os.urandom(HEAVY))
            slow_down(page)
            page.get_by_test_id("drop-input").set_input_files([doomed])
            row = self.settled(page, doomed.name, "uploading")
            expect(row.get_by_test_id("file-figures")).to_contain_text(re.compile(r"[1-9]\d\s?%"), timeout=PATIENCE_MS)
            doomed.write_bytes(b"another film")
            self.picture("state-failed", self.settled(page, doomed.name, "failed"))

    def list_and_dialogs(self) -> None:
        """The list searched, a deletion that can be undone, a preview, German, night, and a phone."""
        with self.visit() as page:
            picture = bytes(page.evaluate(DRAW_HARBOUR))
            for name in ("harbour at dusk.png", "harbour at dawn.png"):
                send(page, {"name": name, "mimeType": "image/png", "buffer": picture}, "clean")
            log = "06:10 pilot on board\n06:55 all fast at berth 4\n07:20 first crane at work\n"
            send(page, {"name": "harbour log.txt", "mimeType": "text/plain", "buffer": log.encode()}, "clean")
        with self.visit() as page:
            page.get_by_test_id("search").fill("harbour")
            expect(page.get_by_test_id("result-count")).to_contain_text("3 files")
            expect(page.get_by_test_id("thumbnail").first).to_be_visible()
            expect(page.get_by_test_id("thumbnail").nth(1)).to_be_visible()
            self.picture("search", page)
            self.row(page, "harbour at dusk.png").get_by_test_id("preview").click()
            expect(page.get_by_test_id("preview-picture")).to_be_visible()
            self.picture("preview", page)
            page.keyboard.press("Escape")
            self.row(page, "harbour log.txt").get_by_test_id("delete").click()
            expect(page.get_by_test_id("undo-bar")).to_be_visible()
            self.picture("undo", page)
            page.get_by_test_id("undo").click()
        with self.visit(locale="de-DE") as page:
            expect(page.get_by_test_id("thumbnail").first).to_be_visible()
            self.picture("german", page)
        with self.visit(color_scheme="dark", viewport=PHONE) as page:
            page.locator("#files-title").evaluate("it => scrollTo(0, it.getBoundingClientRect().top + scrollY - 16)")
            expect(page.get_by_test_id("thumbnail").first).to_be_visible()
            self.picture("phone-dark", page)

    def row(self, page: Page, name: str) -> Locator:
        return page.get_by_test_id("file-row").filter(has_text=name)

    def settled(self, page: Page, name: str, state: str) -> Locator:
        row = self.row(page, name)
        expect(row).to_have_attribute("data-state", state, timeout=PATIENCE_MS)
        return row

    def picture(self, name: str, what: Page | Locator) -> None:
        self.taken.append(self.target / f"{name}.png")
        what.screenshot(path=self.taken[-1], animations="disabled")


def send(page: Page, file: FilePayload, state: str) -> Locator:
    """The file's row, when the file, chosen on the page, has come to `state`."""
    page.get_by_test_id("drop-input").set_input_files(file)
    row = page.get_by_test_id("file-row").filter(has_text=file["name"])
    expect(row).to_have_attribute("data-state", state, timeout=PATIENCE_MS)
    return row


def cargo(name: str, body: bytes) -> FilePayload:
    """A file to choose on the page."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": body}


def slow_down(page: Page, upload: int = SLOW_UPLOAD) -> None:
    """From now on the page sends so many bytes a second."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}
    wire.send("Network.emulateNetworkConditions", slow)


def hold_the_scan(route: Route) -> None:
    """The service's own answer, with a scan that is not over yet."""
    answer = route.fetch()
    body = answer.json()
    body["data"] |= {"stage": "scanning", "virus_scan_status": "scanning"}
    route.fulfill(response=answer, json=body)
