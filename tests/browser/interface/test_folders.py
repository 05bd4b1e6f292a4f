"""Folders on the page: opened, renamed and filled; each has its own address."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.browser.page import UploadPage


def test_folders_are_opened_and_closed(upload_page: UploadPage) -> None:
    page, folders, names = upload_page.page, upload_page.hook("folder-open"), upload_page.hook("file-name")
    page.goto("/?folder=harbour/east")
    upload_page.send("pier.txt", b"pier")
    page.goto("/?folder=harbour")
    expect(folders).to_have_text(["east"])
    upload_page.send("crane.txt", b"crane")

    folders.focus()
    page.keyboard.press("Enter")
    expect(upload_page.hook("folder-current")).to_have_text("east")
    expect(names).to_have_text(["pier.txt"])
    page.reload()
    expect(names).to_have_text(["pier.txt"])
    page.go_back()
    expect(names).to_have_text(["crane.txt"])

    upload_page.hook("search").fill("pier")
    expect(names).to_have_text(["pier.txt"])
    expect(upload_page.hook("file-folder")).to_have_text("harbour/east")
    page.go_back()
    expect(names).to_have_text(["crane.txt"])


def test_a_folder_is_renamed_and_a_file_moved(upload_page: UploadPage) -> None:
    page, names = upload_page.page, upload_page.hook("file-name")
    page.goto("/?folder=docks/north")
    upload_page.send("gate.txt", b"gate")
    page.goto("/?folder=docks")
    upload_page.hook("folder-rename").click()
    upload_page.hook("name-input").fill("south")
    page.keyboard.press("Enter")
    expect(upload_page.hook("folder-open")).to_have_text(["south"])
    upload_page.hook("folder-open").click()
    expect(names).to_have_text(["gate.txt"])

    page.keyboard.press("Control+a")
    upload_page.hook("selected-move").click()
    upload_page.hook("folder-input").fill("docks")
    page.keyboard.press("Enter")
    expect(upload_page.hook("list-empty")).to_be_visible()
    upload_page.hook("breadcrumb").last.click()
    expect(names).to_have_text(["gate.txt"])
    expect(upload_page.hook("folder-open")).to_have_count(0)
