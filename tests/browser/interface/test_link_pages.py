"""The page of a link with a password: without a script, in the right language, and accessible."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser.axe import violations
from tests.support.browser.page import UploadPage
from tests.support.live.client import FILE
from tests.support.live.stack import Stack


@pytest.mark.parametrize("browser_name", ["chromium", "firefox"])
def test_a_link_with_a_password_opens_after_the_correct_password(
    open_upload_page: Callable[..., UploadPage], stack: Stack
) -> None:
    """The form leads to storage, whose origin the page's policy must allow."""
    file = stack.client.ready(b"message in a bottle", filename="bottle.txt", content_type="text/plain")
    made = stack.client.data("POST", f"{FILE}/{file['id']}/links", json={"password": "sieben Meere"})
    opened = open_upload_page(locale="de")
    opened.watcher.expected.append("status of 403")
    page = opened.page
    page.goto(made["url"])
    expect(page.get_by_role("heading")).to_have_text("Für diese Datei brauchen Sie ein Passwort")
    assert violations(page) == []
    for password, heading in (("drei Meere", "Falsches Passwort"), ("sieben Meere", None)):
        page.get_by_label("Passwort").fill(password)
        page.keyboard.press("Enter")
        if heading:
            expect(page.get_by_role("heading")).to_have_text(heading)
    expect(page.locator("body")).to_have_text("message in a bottle")
    assert page.evaluate("document.referrer") == "", "the URL, which is a secret, went nowhere"
