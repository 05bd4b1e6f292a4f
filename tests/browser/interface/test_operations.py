"""The operators' page about the service: stopped dependencies, failed scans, and the audit log."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from service.db.models import File
from service.domain.accounts.keys import create_key
from service.values.access.caller import Scope
from service.values.states import Verdict
from tests.browser.conftest import WIDE, assert_quiet
from tests.support.browser.admin_page import AdminPage
from tests.support.browser.axe import violations
from tests.support.browser.browsers import RealBrowser
from tests.support.browser.look import overflow
from tests.support.browser.watcher import Watcher
from tests.support.live.client import FILE
from tests.support.live.stack import Stack
from tools.stack.servers.clamd import eicar

PHONE = {"width": 360, "height": 740}
AUDIT = "/api/v1/admin/audit"
WITHOUT_FILE_DIALOG = "delete globalThis.showSaveFilePicker"
"""Without it the page saves files as in Firefox and Safari; no test can use the dialog."""
FROM_THE_SWEEPER = ("sequence", "seal")
"""Fields of an entry that are null for some seconds."""


def stored(stack: Stack, body: bytes, stage: str) -> str:
    """Upload a file, wait for its stage, and return its id."""
    file_id = str(stack.client.complete(**stack.client.completion(stack.client.send(body), body))["id"])
    stack.client.wait_stage(file_id, stage)
    return file_id


def test_stopped_workers_and_dependencies_are_shown(open_admin_page: Callable[..., AdminPage], stack: Stack) -> None:
    admin_page = open_admin_page(locale="de", color_scheme="dark", viewport=PHONE)
    admin_page.open("overview")
    expect(admin_page.hook("workers-table-row")).to_have_count(1)
    expect(admin_page.hook("dependency-redis")).to_have_attribute("data-state", "ok")
    expect(admin_page.hook("unknown")).to_have_count(0)

    with stack.without(stack.worker):
        admin_page.page.reload()
        expect(admin_page.hook("no-workers")).to_be_visible()
    with stack.parts["redis"].down():
        admin_page.page.reload()
        expect(admin_page.hook("dependency-redis")).to_have_attribute("data-state", "down")
        for part in ("workers", "queues", "errors"):
            expect(admin_page.hook(part).get_by_test_id("unknown")).to_contain_text("Redis")
        expect(admin_page.hook("no-workers")).to_have_count(0)
        assert (violations(admin_page.page), overflow(admin_page.page)) == ([], 0)
    admin_page.page.reload()
    expect(admin_page.hook("workers-table-row")).to_have_count(1)
    expect(admin_page.hook("unknown")).to_have_count(0)


def test_an_operator_repeats_all_failed_scans(open_admin_page: Callable[..., AdminPage], stack: Stack) -> None:
    ids = [stored(stack, b"bytes %d" % number, "ready") for number in range(2)]
    failed = {"virus_scan_status": Verdict.ERROR, "virus_scan_result": "The scanner is unavailable."}
    with stack.db.write() as session:
        session.execute(update(File).where(File.id.in_(ids)).values(**failed))
    admin_page = open_admin_page()
    admin_page.open("scans?state=failed")
    expect(admin_page.hook("scans-row")).to_have_count(2)
    expect(admin_page.hook("scans-row").first).to_contain_text("The scanner is unavailable.")

    admin_page.hook("repeat-failed").click()
    expect(admin_page.hook("matched")).to_have_text("The filter finds 2 files.")
    admin_page.hook("dialog-confirm").click()
    expect(admin_page.hook("decision")).to_have_attribute("data-state", "done")
    expect(admin_page.hook("decision-figures")).to_have_text("2 decided")
    expect(admin_page.hook("list-empty")).to_be_visible()
    for file_id in ids:
        stack.client.wait_stage(file_id, "ready")


@pytest.fixture
def auditor(stack: Stack, real_browser: RealBrowser) -> Iterator[AdminPage]:
    """The page where login is on, signed in, in a browser without a dialog for files."""
    with stack.second_api(LOGIN="on") as client:
        context = real_browser.running.new_context(base_url=client.url, viewport=WIDE)
        context.add_init_script(WITHOUT_FILE_DIALOG)
        watcher = Watcher(context, client.url)
        watcher.expected.append("status of 401")
        admin_page = AdminPage(context.new_page(), watcher)
        admin_page.page.goto("/admin/#/audit")
        admin_page.hook("login-token").fill(create_key(stack.deps, "browser", "olivia", [Scope.ADMIN])[0])
        admin_page.hook("login-enter").click()
        yield admin_page
        context.close()
        assert_quiet([watcher])


def test_the_history_of_a_deleted_file_is_exported(auditor: AdminPage, stack: Stack) -> None:
    file_id = stored(stack, eicar(), "quarantined")
    stack.client.request("DELETE", f"{FILE}/{file_id}")
    expected = stack.client.request("GET", f"{AUDIT}?target_id={file_id}").json()["data"]["items"]
    auditor.open(f"audit?target_id={file_id}")
    expect(auditor.hook("audit-row")).to_have_count(len(expected))
    assert (expected[0]["action"], expected[-1]["action"]) == ("deleted", "infected")

    lines = [json.loads(line) for line in exported(auditor.page, "jsonl").splitlines()]
    assert [without_seal(entry) for entry in lines] == [without_seal(entry) for entry in expected]
    rows = list(csv.DictReader(io.StringIO(exported(auditor.page, "csv"))))
    assert [row["action"] for row in rows] == [entry["action"] for entry in expected]
    assert not any("lsk_" in request.url for request in auditor.watcher.requests)

    auditor.hook("verify").click()
    auditor.hook("verify-start").click()
    expect(auditor.hook("verify-good")).to_be_visible()
    assert violations(auditor.page) == []


def exported(page: Page, form: str) -> str:
    """Return the text of the file that the page saves."""
    with page.expect_download() as started:
        page.get_by_test_id(f"export-{form}").click()
    assert started.value.suggested_filename == f"audit.{form}"
    return Path(started.value.path()).read_text()


def without_seal(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in FROM_THE_SWEEPER}
