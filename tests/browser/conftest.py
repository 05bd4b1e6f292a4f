"""The service on real parts and a browser, both for this folder; a fresh tab for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from shutil import copy, copytree
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from service.db.models import PendingDeletion
from service.db.statements.objects.deletions import due_deletions
from service.deps import utc_now
from tests.support.browser.admin_page import AdminPage
from tests.support.browser.browsers import Chromium, Firefox, RealBrowser
from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.page import UploadPage
from tests.support.browser.profile import Profile
from tests.support.browser.stored_files import PARTS
from tests.support.browser.watcher import Watcher
from tests.support.live.client import CHUNK, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack, new_database
from tools.checks.web import DIST, build_package
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.redis import Redis
from tools.stack.stores.swift import Swift

PATIENCE_MS = 15_000
"""The default timeout; only failures and busy machines need all of it."""
FORGOTTEN_SECONDS = 120.0
ENGINE_PAGE = Path(__file__).with_name("engine")
WIDE = {"width": 1120, "height": 860}


@pytest.fixture(scope="package")
def storage_relay(swift_server: Swift) -> Iterator[FaultyRelay]:
    """The relay from the browser to storage."""
    with FaultyRelay(swift_server.numbers.proxy) as line:
        yield line


@pytest.fixture(scope="package")
def stack(
    tmp_path_factory: pytest.TempPathFactory,
    storage_relay: FaultyRelay,
    swift_server: Swift,
    redis_server: Redis,
    mariadb_server: MariaDb,
    clamd_server: Clamd,
) -> Iterator[Stack]:
    """API, worker and cron, with a database, buckets and a Redis number of their own; storage is behind a relay."""
    if not (DIST / "index.html").exists():
        pytest.fail("web/dist is not built: run `python -m tools.checks.web build`", pytrace=False)
    folder = tmp_path_factory.mktemp("browser")
    own = {
        "DATABASE_URL": new_database(mariadb_server, "browser"),
        "REDIS_URL": redis_server.url(2),
        "S3_PRIVATE_BUCKET": "browser-private",
        "S3_PUBLIC_BUCKET": "browser-public",
        "S3_PUBLIC_ENDPOINT_URL": storage_relay.url,
    }
    parts = {"storage": swift_server, "redis": redis_server, "database": mariadb_server, "clamd": clamd_server}
    running = Stack("swift", folder, parts, own)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="package")
def engine_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a page with only the engine, as its package is built, for `WEB_ROOT`."""
    root = tmp_path_factory.mktemp("engine")
    copytree(build_package("client"), root / "assets")
    copy(ENGINE_PAGE / "index.html", root)
    copy(ENGINE_PAGE / "page.js", root / "assets")
    return root


@pytest.fixture(scope="package")
def api_relay(stack: Stack) -> Iterator[FaultyRelay]:
    """The relay from the browser to the API."""
    with FaultyRelay(stack.api.port) as line:
        yield line


@pytest.fixture(autouse=True)
def _reset_relays(request: pytest.FixtureRequest, storage_relay: FaultyRelay, api_relay: FaultyRelay) -> Iterator[None]:
    """Every test begins without faults; a failed one shows what passed the relays."""
    for line in (storage_relay, api_relay):
        line.reset()
    yield
    for name, line in {"storage": storage_relay, "API": api_relay}.items():
        request.node.add_report_section("teardown", f"relay to {name}", line.report())


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    """A file of PARTS parts, of a name that no other test has."""
    file = tmp_path / f"{tmp_path.name}.bin"
    file.write_bytes(random_bytes(PARTS * CHUNK))
    return file


@pytest.fixture
def no_scans(stack: Stack) -> Iterator[None]:
    """Let files stay queued, for tests of so many bytes or files that scans would take longer than everything else.

    A test deletes what it has stored, so that it is not scanned afterwards. Storage deletes it before the next test's
    files need the worker.
    """
    with stack.without(stack.worker):
        yield
        stack.scan_queue.empty()
    eventually(lambda: due_removals_of(stack), lambda due: due == [], FORGOTTEN_SECONDS)


def due_removals_of(stack: Stack) -> list[PendingDeletion]:
    """The deletions that are due now; some are due again later."""
    with stack.db.read() as session:
        return list(due_deletions(session, utc_now(), 1))


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver; a process can have but one."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def chromium(playwright: Playwright, chromium_path: str) -> Iterator[RealBrowser]:
    with Chromium(playwright, chromium_path) as real:
        yield real


@pytest.fixture(scope="package")
def firefox(playwright: Playwright, firefox_path: str) -> Iterator[RealBrowser]:
    with Firefox(playwright, firefox_path) as real:
        yield real


@pytest.fixture
def browser_name() -> str:
    """The browser of a test that names none."""
    return "chromium"


@pytest.fixture
def real_browser(request: pytest.FixtureRequest, browser_name: str) -> RealBrowser:
    """The test's browser."""
    found: RealBrowser = request.getfixturevalue(browser_name)
    return found


@pytest.fixture
def open_upload_page(api_relay: FaultyRelay, real_browser: RealBrowser) -> Iterator[Callable[..., UploadPage]]:
    """Opens the page in a fresh browser profile; options are Playwright's. No complaint may be left at the end."""
    watchers: list[Watcher] = []

    def open_one(**options: Any) -> UploadPage:
        settings = {"base_url": api_relay.url, "viewport": WIDE} | options
        context = real_browser.running.new_context(**settings)
        watchers.append(Watcher(context, settings["base_url"]))
        upload_page = UploadPage(context.new_page(), watchers[-1])
        upload_page.open()
        return upload_page

    yield open_one
    for context in real_browser.running.contexts:
        context.close()
    assert_quiet(watchers)


@pytest.fixture
def open_admin_page(api_relay: FaultyRelay, real_browser: RealBrowser) -> Iterator[Callable[..., AdminPage]]:
    """Opens the operators' page as `open_upload_page` does."""
    watchers: list[Watcher] = []

    def open_one(**options: Any) -> AdminPage:
        settings = {"base_url": api_relay.url, "viewport": WIDE} | options
        context = real_browser.running.new_context(**settings)
        watchers.append(Watcher(context, settings["base_url"]))
        return AdminPage(context.new_page(), watchers[-1])

    yield open_one
    for context in real_browser.running.contexts:
        context.close()
    assert_quiet(watchers)


@pytest.fixture
def profile(api_relay: FaultyRelay, real_browser: RealBrowser, tmp_path: Path) -> Iterator[Profile]:
    """A browser that can die and be started again. No complaint may be left at the end."""
    one = Profile(real_browser, tmp_path / "profile", base_url=api_relay.url, viewport=WIDE)
    yield one
    one.close()
    assert_quiet(one.watchers)


def assert_quiet(watchers: Iterable[Watcher]) -> None:
    """No browser has reported an unexpected complaint."""
    assert [complaint for watcher in watchers for complaint in watcher.complaints()] == []


@pytest.fixture
def upload_page(open_upload_page: Callable[..., UploadPage]) -> UploadPage:
    """The page, in an ordinary window."""
    return open_upload_page()


@pytest.fixture
def watcher(upload_page: UploadPage) -> Watcher:
    """The requests and errors of `upload_page`."""
    return upload_page.watcher
