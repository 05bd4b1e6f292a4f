"""The operators' page: decisions about one file and many, by pointer and keyboard, and its scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from service.db.models import File
from service.domain.accounts.keys import create_key
from service.values.access.caller import Scope
from service.values.states import Verdict
from tests.browser.conftest import WIDE, assert_quiet
from tests.support.browser.admin_page import AdminPage
from tests.support.browser.axe import violations
from tests.support.browser.browsers import RealBrowser
from tests.support.browser.look import LONG_NAME, overflow
from tests.support.browser.watcher import Watcher
from tests.support.live.client import FILE, Client
from tests.support.live.stack import Stack
from tools.stack.servers.clamd import eicar

REASON = "False positive, checked with the vendor."
FAILED = 12
NARROW = {"width": 320, "height": 740}
LONG_INFECTED = LONG_NAME.replace("very", "most")
"""As long as a name that another test looks for on the same service."""


def stored(stack: Stack, name: str, body: bytes, stage: str = "ready") -> str:
    """Upload a file, wait for its verdict, and return its id."""
    client = stack.client
    opened = client.send(body)
    file_id = str(client.complete(**client.completion(opened, body) | {"filename": name})["id"])
    client.wait_stage(file_id, stage)
    return file_id


def infected(stack: Stack, name: str) -> str:
    return stored(stack, name, eicar(), "quarantined")


@pytest.fixture
def admin_page(open_admin_page: Callable[..., AdminPage]) -> AdminPage:
    """The operators' page in an ordinary window."""
    return open_admin_page()


def test_a_released_file_is_served_with_the_reason(admin_page: AdminPage, stack: Stack) -> None:
    file_id = infected(stack, "false-positive.com")
    admin_page.open("quarantine?verdict=infected")
    admin_page.in_line("false-positive.com").click()
    expect(admin_page.hook("current-name")).to_have_text("false-positive.com")
    admin_page.hook("decide-release").click()
    admin_page.hook("dialog-confirm").click()
    expect(admin_page.hook("dialog-problem")).to_contain_text("Enter a reason")
    admin_page.hook("reason").fill(REASON)
    admin_page.hook("dialog-confirm").click()
    expect(admin_page.in_line("false-positive.com")).to_have_count(0)

    admin_page.open(f"files/{file_id}")
    expect(admin_page.hook("verdict")).to_have_text("Released")
    expect(admin_page.hook("verdict-properties")).to_contain_text(REASON)
    expect(admin_page.hook("timeline")).to_contain_text("Released")
    with admin_page.page.expect_download() as started:
        admin_page.hook("download").click()
    assert started.value.suggested_filename == "false-positive.com"
    assert Path(started.value.path()).read_bytes() == eicar()


def test_an_operator_repeats_all_failed_scans_and_sees_the_progress(admin_page: AdminPage, stack: Stack) -> None:
    ids = [stored(stack, f"failed-{number}.txt", b"bytes") for number in range(FAILED)]
    with stack.db.write() as session:
        session.execute(update(File).where(File.id.in_(ids)).values(virus_scan_status=Verdict.ERROR))
    admin_page.open("files?verdict=error&search=failed")
    expect(admin_page.hook("files-row")).to_have_count(FAILED)
    admin_page.hook("choose-all-found").click()
    admin_page.hook("decide-rescan").click()
    expect(admin_page.hook("matched")).to_have_text(f"The filter finds {FAILED} files.")
    with stack.without(stack.cron):
        admin_page.hook("dialog-confirm").click()
        expect(admin_page.hook("decision")).to_have_attribute("data-state", "running")
        assert admin_page.hook("decision").locator("progress").get_attribute("value") == "0"
    expect(admin_page.hook("decision")).to_have_attribute("data-state", "done")
    expect(admin_page.hook("decision-figures")).to_have_text(f"{FAILED} decided")
    expect(admin_page.hook("list-empty")).to_have_text("No matching files")
    for file_id in ids:
        stack.client.wait_stage(file_id, "ready")


def test_a_decision_about_a_deleted_file_is_reported_as_skipped(admin_page: AdminPage, stack: Stack) -> None:
    file_id = infected(stack, "contested.com")
    admin_page.open(f"files/{file_id}")
    expect(admin_page.hook("verdict")).to_have_text("Infected")
    stack.client.request("DELETE", f"{FILE}/{file_id}")
    admin_page.watcher.expected.append("status of 410")
    admin_page.hook("decide-release").click()
    admin_page.hook("reason").fill(REASON)
    admin_page.hook("dialog-confirm").click()
    expect(admin_page.hook("decision-figures")).to_contain_text("1 skipped")
    expect(admin_page.hook("list-empty")).to_have_text("This file is deleted.")


def test_the_page_works_with_the_keyboard_alone(admin_page: AdminPage, stack: Stack) -> None:
    for name in ("by-key-1.com", "by-key-2.com"):
        infected(stack, name)
    keys = admin_page.page.keyboard
    admin_page.open("quarantine?verdict=infected")
    admin_page.in_line("by-key-2.com").focus()
    keys.press("Enter")
    name = admin_page.hook("current-name")
    expect(name).to_have_text("by-key-2.com")
    expect(name).to_be_focused()
    keys.press("d")
    expect(admin_page.hook("reason")).to_be_focused()
    keys.type("Malware.")
    keys.press("Control+Enter")
    expect(name).to_have_text("by-key-1.com")
    expect(name).to_be_focused()

    admin_page.open("files?search=by-key")
    expect(admin_page.hook("files-row")).to_have_count(1)
    admin_page.tab_to(admin_page.hook("choose-all"))
    keys.press("Tab")
    keys.press("Space")
    expect(admin_page.hook("chosen")).to_have_text("1 file selected")
    admin_page.tab_to(admin_page.hook("decide-block"), back=True)
    keys.press("Enter")
    keys.type(REASON)
    keys.press("Control+Enter")
    expect(admin_page.hook("decision")).to_have_attribute("data-state", "done")


@pytest.mark.parametrize(("locale", "scheme", "size"), [("en", "light", WIDE), ("de", "dark", NARROW)])
def test_every_view_is_accessible_and_fits_the_window(
    open_admin_page: Callable[..., AdminPage], stack: Stack, locale: str, scheme: str, size: dict[str, int]
) -> None:
    file_id = infected(stack, LONG_INFECTED)
    admin_page = open_admin_page(locale=locale, color_scheme=scheme, viewport=size)
    admin_page.open("quarantine")
    views = admin_page.views()
    assert len(views) > 5
    for view in (*views, f"files/{file_id}", "files?search=nothing-has-this-name"):
        admin_page.open(view)
        assert (view, violations(admin_page.page), overflow(admin_page.page)) == (view, [], 0)
    admin_page.open("files")
    admin_page.hook("choose").first.click()
    admin_page.hook("more-filters").click()
    admin_page.hook("decide-delete").click()
    assert (violations(admin_page.page), overflow(admin_page.page)) == ([], 0)
    assert admin_page.page.evaluate("document.documentElement.lang") == locale


@pytest.fixture(scope="module")
def locked(stack: Stack) -> Iterator[Client]:
    """The service with login on, where a release needs two people."""
    with stack.second_api(LOGIN="on", RELEASE_APPROVAL="on") as client:
        yield client


@pytest.fixture
def signed_in(locked: Client, stack: Stack, real_browser: RealBrowser) -> Iterator[Callable[[str, Scope], AdminPage]]:
    """Opens the page for a subject with a scope, each in its own browser profile."""
    watchers: list[Watcher] = []

    def open_one(subject: str, scope: Scope) -> AdminPage:
        context = real_browser.running.new_context(base_url=locked.url, viewport=WIDE)
        watchers.append(Watcher(context, locked.url))
        watchers[-1].expected.append("status of 401")
        admin_page = AdminPage(context.new_page(), watchers[-1])
        admin_page.page.goto("/admin/#/decisions")
        admin_page.hook("login-token").fill(create_key(stack.deps, "browser", subject, [scope])[0])
        admin_page.hook("login-enter").click()
        return admin_page

    yield open_one
    for context in real_browser.running.contexts:
        context.close()
    assert_quiet(watchers)


def test_a_key_without_the_admin_scope_is_refused(signed_in: Callable[[str, Scope], AdminPage]) -> None:
    admin_page = signed_in("ann", Scope.READ)
    expect(admin_page.hook("scope-missing")).to_contain_text('the scope "admin"')
    expect(admin_page.hook("navigation")).to_have_count(0)
    assert violations(admin_page.page) == []


def test_a_release_needs_a_second_operator(signed_in: Callable[[str, Scope], AdminPage], stack: Stack) -> None:
    file_id = infected(stack, "four-eyes.com")
    olivia = signed_in("olivia", Scope.ADMIN)
    expect(olivia.hook("account")).to_contain_text("olivia")
    olivia.open(f"files/{file_id}")
    olivia.hook("decide-release").click()
    olivia.hook("reason").fill(REASON)
    olivia.hook("dialog-confirm").click()
    expect(olivia.hook("decision")).to_have_attribute("data-state", "waiting")
    expect(olivia.hook("approve")).to_have_count(0)

    ben = signed_in("ben", Scope.ADMIN)
    ben.hook("decisions-row").first.get_by_role("link").click()
    expect(ben.hook("decision")).to_have_attribute("data-state", "waiting")
    ben.hook("approve").click()
    expect(ben.hook("confirm-dialog")).to_contain_text(REASON)
    ben.hook("dialog-confirm").click()
    expect(ben.hook("decision")).to_have_attribute("data-state", "done")

    expect(olivia.hook("decision")).to_have_attribute("data-state", "done")
    expect(olivia.hook("verdict")).to_have_text("Released")
