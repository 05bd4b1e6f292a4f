"""Pictures of every state of the page: a row, or the whole page"""

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
"""Bytes of a file that uploads for longer than its pictures take."""
DRAW_PICTURE = """async () => {
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
    """Pictures of the page at `url`, taken in one browser and written to `target`."""

    def __init__(self, browser: Browser, url: str, target: Path, folder: Path) -> None:
        self.browser = browser
        self.url = url
        self.target = target
        self.taken: list[Path] = []
        self.heavy = folder / "survey-flight.mp4"
        self.heavy.write_bytes(os.urandom(HEAVY))

    def take_all(self) -> list[Path]:
        """Take every picture; return their files."""
        self.on_the_way()
        self.questions()
        self.verdicts()
        self.list_and_dialogs()
        self.folders_and_selection()
        self.one_file()
        return self.taken

    @contextmanager
    def visit(self, **options: object) -> Iterator[Page]:
        """Open the page with a new profile."""
        settings = {"base_url": self.url, "viewport": WIDE, "reduced_motion": "reduce", **options}
        context = self.browser.new_context(**settings)  # type: ignore[arg-type]
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto("/")
        expect(page.get_by_text("Loading files")).to_have_count(0)
        yield page
        context.close()

    def on_the_way(self) -> None:
        """Take the pictures of running, waiting, paused and unfinished uploads."""
        with self.visit() as page:
            slow_down(page)
            page.get_by_test_id("drop-input").set_input_files([self.heavy])
            row = self.row(page, self.heavy.name)
            expect(row.get_by_test_id("file-figures")).to_contain_text(
                re.compile(r"[1-9]\d\s?%.*left"), timeout=PATIENCE_MS
            )
            self.picture("state-uploading", row)
            page.get_by_test_id("drop-input").set_input_files(
                [payload(f"survey-{number}.bin", secrets.token_bytes(3_000_000)) for number in range(1, 5)]
            )
            expect(page.get_by_test_id("total-progress")).to_be_visible()
            self.picture("state-waiting", self.row(page, "survey-4.bin"))
            self.picture("total", page.get_by_test_id("transfers"))
            expect(row.get_by_test_id("file-figures")).to_contain_text(re.compile(r"[6-8]\d\s?%"), timeout=PATIENCE_MS)
            row.get_by_test_id("pause").click()
            expect(row.get_by_test_id("file-note")).to_contain_text("until")
            self.picture("state-paused", row)

            page.reload()
            left = page.get_by_test_id("unfinished")
            expect(left).to_be_visible()
            expect(left.get_by_role("progressbar").first).to_be_visible()
            self.picture("unfinished", left)
            # never finishes, so that the state stays for the picture
            page.route("**/assets/worker-*.js", lambda _route: None)
            page.get_by_test_id("drop-input").set_input_files([self.heavy])
            expect(row).to_have_attribute("data-state", "comparing", timeout=PATIENCE_MS)
            self.picture("state-comparing", row)
            page.unroute_all(behavior="ignoreErrors")

    def questions(self) -> None:
        """Take the pictures of a name that exists, and of a private file without its password."""
        with self.visit() as page:
            send(page, payload("pier plan.pdf", secrets.token_bytes(90_000)), "clean")
            page.get_by_test_id("drop-input").set_input_files(payload("pier plan.pdf", secrets.token_bytes(96_000)))
            dialog = page.get_by_test_id("same-name-dialog")
            expect(dialog).to_be_visible()
            self.picture("same-name", dialog)
            page.get_by_test_id("choice-skip").check()
            page.get_by_test_id("dialog-confirm").click()
            page.get_by_test_id("private-switch").check()
            page.get_by_test_id("drop-input").set_input_files(payload("crew list.pdf", b"names"))
            page.get_by_test_id("credential-password").fill("harbour")
            self.picture("private", page.get_by_test_id("private-form"))

    def verdicts(self) -> None:
        """Take the pictures of each verdict, and of an upload that failed because its file was changed."""
        with self.visit() as page:
            page.route("**/api/v1/file/status/*", keep_scanning)
            scan = payload("hull-scan.las", secrets.token_bytes(900_000))
            self.picture("state-scanning", send(page, scan, "scanning"))
            page.unroute("**/api/v1/file/status/*")
            self.picture("state-clean", self.settled(page, "hull-scan.las", "clean"))
            self.picture("state-infected", send(page, payload("invoice.com", eicar()), "infected"))
            self.picture("state-unscannable", send(page, payload("sealed.zip", encrypted_zip()), "blocked"))

            changed = self.heavy.with_name("drone-flight.mov")
            changed.write_bytes(os.urandom(HEAVY))
            slow_down(page)
            page.get_by_test_id("drop-input").set_input_files([changed])
            row = self.settled(page, changed.name, "uploading")
            expect(row.get_by_test_id("file-figures")).to_contain_text(re.compile(r"[1-9]\d\s?%"), timeout=PATIENCE_MS)
            changed.write_bytes(b"another film")
            self.picture("state-failed", self.settled(page, changed.name, "failed"))

    def list_and_dialogs(self) -> None:
        """Take the pictures of a search, a preview, Undo, the German page, dark mode and a phone."""
        with self.visit() as page:
            picture = bytes(page.evaluate(DRAW_PICTURE))
            for name in ("harbour at dusk.png", "harbour at dawn.png"):
                send(page, {"name": name, "mimeType": "image/png", "buffer": picture}, "clean")
            log = "06:10 pilot on board\n06:55 all fast at pier 4\n07:20 first crane at work\n"
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

    def folders_and_selection(self) -> None:
        """Take the pictures of a folder, of chosen files, and of a zip download."""
        with self.visit() as page:
            for folder, name in (("site/plans", "pier 4.txt"), ("site/photos", "crane.txt"), ("site", "berths.csv")):
                page.goto(f"/?folder={folder}")
                send(page, payload(name, secrets.token_bytes(120_000)), "clean")
            for name in ("tides.csv", "north wall.las"):
                send(page, payload(name, secrets.token_bytes(2_400_000)), "clean")
            page.reload()
            expect(page.get_by_test_id("folder-row")).to_have_count(2)
            self.picture("folders", page.locator(".file-list"))
            for name in ("berths.csv", "tides.csv", "north wall.las"):
                self.row(page, name).get_by_test_id("select").check()
            self.picture("selection", page.locator(".file-list"))
            # storage cannot be reached, so that the progress stays for the picture
            page.context.route("**/*response-content-disposition*", lambda route: route.abort())
            page.get_by_test_id("selected-zip").click()
            expect(page.get_by_test_id("zip-state")).to_have_attribute("data-state", "running")
            self.picture("zip", page.get_by_test_id("zip-bar"))
            page.get_by_test_id("zip-end").click()

    def one_file(self) -> None:
        """Take the pictures of a file's details, its links, a rename, and the closed fields on a phone."""
        with self.visit() as page:
            user = page.request.post("/api/v1/users/", data={"name": "Ann Archer"}).json()["data"]
            page.reload()
            page.get_by_test_id("user-select").select_option(user["id"])
            name = "crane inspection.txt"
            send(page, {"name": name, "mimeType": "text/plain", "buffer": b"hook, rope and brake: fine\n"}, "clean")
            self.row(page, name).get_by_test_id("details").click()
            expect(page.get_by_test_id("receipt")).to_be_visible()
            self.picture("details", page)
            page.get_by_test_id("new-link").click()
            page.get_by_test_id("link-downloads").fill("3")
            page.get_by_test_id("create-link").click()
            expect(page.get_by_test_id("link")).to_be_visible()
            page.get_by_test_id("made-link").scroll_into_view_if_needed()
            self.picture("links", page)
            page.keyboard.press("Escape")
            self.row(page, name).get_by_test_id("rename").click()
            expect(page.get_by_test_id("rename-dialog")).to_be_visible()
            self.picture("rename", page)
            page.keyboard.press("Escape")
            page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
            expect(page.get_by_test_id("assign-summary")).to_contain_text("Ann")
            page.get_by_test_id("assign-toggle").scroll_into_view_if_needed()
            self.picture("phone-assign", page)

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
    """Upload a file on the page and return its row when it has reached `state`."""
    page.get_by_test_id("drop-input").set_input_files(file)
    row = page.get_by_test_id("file-row").filter(has_text=file["name"])
    expect(row).to_have_attribute("data-state", state, timeout=PATIENCE_MS)
    return row


def payload(name: str, body: bytes) -> FilePayload:
    """Return a file to choose on the page."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": body}


def slow_down(page: Page, upload: int = SLOW_UPLOAD) -> None:
    """Limit the page's uploads to this number of bytes a second."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}
    devtools.send("Network.emulateNetworkConditions", slow)


def keep_scanning(route: Route) -> None:
    """Return the service's own response, with a scan that is not finished."""
    answer = route.fetch()
    body = answer.json()
    body["data"] |= {"stage": "scanning", "virus_scan_status": "scanning"}
    route.fulfill(response=answer, json=body)
