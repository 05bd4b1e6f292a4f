"""Uploads of folders, and of files whose name exists already."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.support.browser.browsers import in_both
from tests.support.browser.page import SETTLED_MS, UploadPage, named
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack


def test_a_chosen_folder_keeps_its_paths(upload_page: UploadPage, stack: Stack, tmp_path: Path) -> None:
    """In Chromium only: WebDriver BiDi chooses no folders."""
    top = tmp_path / "harbour survey"
    contents = {"plan.txt": "plan", "photos/2026/pier.txt": "pier", "photos/2026/quay.txt": "quay"}
    for path, text in contents.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    (top / "empty").mkdir()

    upload_page.hook("drop-folder-input").set_input_files(top)
    for path in contents:
        row = upload_page.expect_state(Path(path).name, "clean")
        expect(row.get_by_test_id("file-folder")).to_have_text((Path(top.name) / path).parent.as_posix())

    listed = stack.client.data("GET", "/api/v1/file/all", params={"path_name": top.name, "recursive": "true"})
    stored = {f"{file['path_name']}/{file['filename']}": file["id"] for file in listed["items"]}
    assert set(stored) == {f"{top.name}/{path}" for path in contents}
    assert {
        path: stack.client.download(stack.client.get(stored[f"{top.name}/{path}"])).text for path in contents
    } == contents


@in_both
def test_a_clean_file_replaces_the_one_of_its_name(browser_name: str, upload_page: UploadPage, stack: Stack) -> None:
    name = f"{browser_name} chart.txt"
    old = upload_page.send(name, b"old soundings").get_attribute("data-file-id")
    upload_page.open()

    upload_page.choose(named(name, b"new soundings"))
    expect(upload_page.hook("choice-keep-both")).to_be_focused()
    upload_page.page.keyboard.press("ArrowDown")
    upload_page.page.keyboard.press("Enter")
    expect(upload_page.row(name).first).to_have_attribute("data-state", "clean", timeout=SETTLED_MS)

    query = {"path_name": "", "filename": name}
    files = eventually(
        lambda: stack.client.data("GET", "/api/v1/file/all", params=query)["items"],
        lambda found: [file["id"] for file in found] != [] and old not in [file["id"] for file in found],
    )
    assert [stack.client.download(stack.client.get(file["id"])).content for file in files] == [b"new soundings"]
    expect(upload_page.row(name)).to_have_count(1)
