"""The npm packages of a release, installed in projects of each framework and bundler: a file is uploaded to `clean`.

The projects are in tests/packages. `./dev release --try` sets RELEASED, a folder with its tarballs: those are tested,
and also in the projects that take long to build.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.browser.browsers import RealBrowser
from tests.support.browser.page import SETTLED_MS
from tests.support.browser.site import serve_site
from tests.support.browser.stored_files import file_sha256, stored_sha256
from tests.support.browser.watcher import Watcher
from tests.support.live.client import random_bytes
from tests.support.live.stack import Stack
from tools.checks.web import node_environment
from tools.release.build import pack_npm
from tools.release.projects import BUILDS, LONG_BUILDS, build_project, create_projects

RELEASED = os.environ.get("RELEASED")
PAGES = {name: f"{name}/dist" for name in BUILDS} | {
    "next": "next/out",
    "plain-html": "plain-html",
    "sveltekit": "sveltekit/build",
    "webpack": "webpack",
}
"""The folder of each built page."""
IN_BROWSERS = [*BUILDS, *(LONG_BUILDS if RELEASED else ())]
IN_NODE = ["node-cjs", "node-esm"]
BYTES = 100_000


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The projects with the tarballs, built."""
    root = tmp_path_factory.mktemp("packages")
    if not RELEASED:
        pack_npm(root)
    folder = root / "projects"
    tarballs = sorted(Path(RELEASED or root).absolute().glob("*.tgz"))
    try:
        create_projects(folder, tarballs, everything=RELEASED is not None)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: build_project(folder, name), IN_BROWSERS))
    except subprocess.CalledProcessError as error:
        pytest.fail(f"{error}:\n{error.stderr.decode()}", pytrace=False)
    return folder


@pytest.fixture(scope="module")
def site(projects: Path, stack: Stack) -> Iterator[tuple[str, str]]:
    """The site of all projects: its origin, and the service that lets it call."""
    with serve_site(projects) as origin, stack.second_api(CORS_ORIGINS=origin) as api:
        yield origin, api.url


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    file = tmp_path / f"{tmp_path.name}.bin"
    file.write_bytes(random_bytes(BYTES))
    return file


@pytest.mark.parametrize("project", IN_BROWSERS)
def test_a_page_with_the_package_uploads_a_file(
    project: str, site: tuple[str, str], real_browser: RealBrowser, stack: Stack, payload: Path
) -> None:
    origin, service = site
    with real_browser.running.new_context() as context:
        watcher, page = Watcher(context, service), context.new_page()
        page.goto(f"{origin}/{PAGES[project]}/?service={service}")
        with page.expect_file_chooser() as dialog:
            page.get_by_role("button", name="Choose files").click()
        dialog.value.set_files(payload)
        file = page.get_by_test_id("file")
        expect(file).to_have_text("clean", timeout=SETTLED_MS)
        expect(page.get_by_test_id("row")).to_have_text(f"{payload.name} ready")
        file_id = file.get_attribute("data-id") or ""
        assert watcher.complaints() == []
    assert stored_sha256(stack, file_id) == file_sha256(payload)


@pytest.mark.parametrize("project", IN_NODE)
def test_node_with_the_package_uploads_a_file(project: str, projects: Path, stack: Stack, payload: Path) -> None:
    environment = {**node_environment(), "LONGSHORE_URL": stack.client.url}
    words = ["node", "upload.js", str(payload)]
    ran = subprocess.run(words, cwd=projects / project, env=environment, check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    file_id, verdict = ran.stdout.split()
    assert (verdict, stored_sha256(stack, file_id)) == ("clean", file_sha256(payload))
