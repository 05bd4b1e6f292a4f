"""The page with login on: it requires a key, keeps it for its tab only, shows the quota, and signs out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from service.domain.accounts.keys import create_key
from service.values.access.caller import Scope
from tests.browser.conftest import WIDE, assert_quiet
from tests.support.browser.browsers import RealBrowser
from tests.support.browser.page import UploadPage
from tests.support.browser.watcher import Watcher
from tests.support.live.client import Client, random_bytes
from tests.support.live.stack import Stack

STORED = "[...Object.values(localStorage), document.cookie, location.href, JSON.stringify(history.state)].join()"


@pytest.fixture(scope="module")
def locked(stack: Stack) -> Iterator[Client]:
    """The service with login on, and a quota of 5 kB."""
    with stack.second_api(LOGIN="on", QUOTA="5000") as client:
        yield client


@pytest.fixture
def door(locked: Client, real_browser: RealBrowser) -> Iterator[UploadPage]:
    """A tab that is not signed in."""
    context = real_browser.running.new_context(base_url=locked.url, viewport=WIDE)
    watcher = Watcher(context, locked.url)
    watcher.expected.append("status of 401")
    upload_page = UploadPage(context.new_page(), watcher)
    upload_page.page.goto("/")
    yield upload_page
    context.close()
    assert_quiet([watcher])


def key_for(stack: Stack, subject: str) -> str:
    return create_key(stack.deps, "browser", subject, [Scope.UPLOAD, Scope.READ, Scope.DELETE])[0]


def sign_in(upload_page: UploadPage, key: str) -> None:
    upload_page.hook("login-token").fill(key)
    upload_page.hook("login-enter").click()


def test_a_user_signs_in_uploads_and_signs_out(door: UploadPage, stack: Stack) -> None:
    key = key_for(stack, "ann of the page")
    sign_in(door, "lsk_wrong")
    expect(door.hook("login-problem")).to_contain_text("not valid")

    sign_in(door, key)
    expect(door.hook("quota")).to_have_text("0 bytes of 5 kB used")
    payload = random_bytes(3000)
    row = door.send("hers.bin", payload)
    expect(door.hook("quota")).to_have_text("3 kB of 5 kB used")
    assert door.download(row) == ("hers.bin", payload)
    door.choose({"name": "too-much.bin", "mimeType": "", "buffer": random_bytes(3000)})
    door.watcher.expected.append("status of 413")
    expect(door.expect_state("too-much.bin", "failed")).to_contain_text("3000 of your 5000 bytes are in use")

    door.page.reload()
    door.expect_state("hers.bin", "clean")
    assert key not in door.page.evaluate(STORED)
    assert not any(key in request.url for request in door.watcher.requests)

    door.hook("sign-out").click()
    expect(door.hook("login")).to_be_visible()
    assert door.page.evaluate("sessionStorage.length") == 0
    sign_in(door, key_for(stack, "bob of the page"))
    expect(door.hook("quota")).to_have_text("0 bytes of 5 kB used")
    expect(door.rows).to_have_count(0)
