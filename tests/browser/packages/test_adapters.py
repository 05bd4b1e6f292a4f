"""A site with React, Vue and Svelte: each uploads a file to its verdict, chosen, by the keyboard, or dropped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser.page import MAKE_TRANSFER, SETTLED_MS, UploadPage
from tests.support.browser.stored_files import file_sha256, stored_sha256
from tests.support.live.client import random_bytes
from tests.support.live.stack import Stack
from tools.checks.web import WEB, run_script

BYTES = 100_000
TEXT = "dropped"


def choose_by_keyboard(page: Page, file: Path) -> None:
    """Presses Enter on Vue's dropzone, and chooses in the browser's dialog."""
    with page.expect_file_chooser() as dialog:
        page.get_by_test_id("vue-drop").press("Enter")
    dialog.value.set_files(file)


def drop(page: Page, name: str) -> None:
    """Drops a file on Svelte's dropzone."""
    payload = page.evaluate_handle(MAKE_TRANSFER, [[name, TEXT]])
    zone = page.get_by_test_id("svelte-drop")
    zone.dispatch_event("dragover", {"dataTransfer": payload})
    expect(zone).to_have_attribute("data-dragging", "")
    zone.dispatch_event("drop", {"dataTransfer": payload})


def test_each_framework_uploads_to_clean(
    open_upload_page: Callable[..., UploadPage], stack: Stack, tmp_path: Path
) -> None:
    assert run_script("adapters-page") == 0
    files = {name: tmp_path / f"{tmp_path.name}-{name}.bin" for name in ("react", "vue", "svelte")}
    for file in files.values():
        file.write_bytes(random_bytes(BYTES))
    files["svelte"].write_text(TEXT)
    with stack.second_api(WEB_ROOT=str(WEB / "adapters" / "page" / "dist")) as api:
        site = open_upload_page(base_url=api.url)
        site.page.get_by_label("React").set_input_files(files["react"])
        choose_by_keyboard(site.page, files["vue"])
        drop(site.page, files["svelte"].name)

        for name, file in files.items():
            expect(site.hook(f"{name}-row")).to_have_text(f"{file.name} ready", timeout=SETTLED_MS)
            expect(site.hook(f"{name}-verdict")).to_have_text("clean")
            assert stored_sha256(stack, site.hook(f"{name}-id").inner_text()) == file_sha256(file)
        site.page.close()
