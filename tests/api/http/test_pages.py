"""The page and its assets, with a policy that lets them reach storage and nothing else."""

from __future__ import annotations

import pytest

from tests.support.matchers import failure
from tests.support.service_under_test import App


@pytest.fixture
def built(app: App) -> App:
    root = app.deps.settings.web_root
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("the page")
    (root / "admin.html").write_text("the operators' page")
    (root / "docs.html").write_text("the documentation")
    (root / "assets" / "a.js").write_text("1")
    (root / "zip").mkdir()
    (root / "zip" / "worker.js").write_text("the worker")
    return app


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "the page"),
        ("/admin/", "the operators' page"),
        ("/admin", "the operators' page"),
        ("/api/docs", "the documentation"),
    ],
)
def test_pages_are_served_with_a_content_security_policy(built: App, path: str, text: str) -> None:
    answer = built.client.get(path, buffered=True)
    assert answer.text == text
    policy = answer.headers["Content-Security-Policy"]
    storage = "https://s3.us-east-1.amazonaws.com"
    assert policy.split("; ")[:5] == [
        "default-src 'self'",
        f"connect-src 'self' {storage}",
        f"img-src 'self' data: {storage}",
        f"media-src 'self' {storage}",
        f"frame-src 'self' {storage}",
    ]
    assert "worker-src 'self'" in policy.split("; ")
    assert ("style-src 'self';" in policy) == (path != "/api/docs")
    assert "form-action 'none'" in policy.split("; "), "a planted form sends what is typed into it nowhere"


def test_the_policy_allows_images_from_the_public_address(built: App) -> None:
    elsewhere = built.with_settings(s3_public_base_url="https://cdn.example/files")
    policy = elsewhere.client.get("/", buffered=True).headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://s3.us-east-1.amazonaws.com https://cdn.example;" in policy


def test_the_zip_worker_may_connect_only_to_storage(built: App) -> None:
    answer = built.client.get("/zip/worker.js", buffered=True)
    assert (answer.text, answer.mimetype, answer.headers["X-Content-Type-Options"]) == (
        "the worker",
        "text/javascript",
        "nosniff",
    )
    policy = "default-src 'none'; connect-src https://s3.us-east-1.amazonaws.com"
    assert answer.headers["Content-Security-Policy"] == policy
    assert answer.cache_control.max_age == 0


def test_assets_may_be_cached_by_browsers(built: App) -> None:
    answer = built.client.get("/assets/a.js", buffered=True)
    assert (answer.text, answer.headers["X-Content-Type-Options"]) == ("1", "nosniff")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_assets_are_compressed_if_the_browser_accepts_gzip(built: App) -> None:
    (built.deps.settings.web_root / "assets" / "a.js.gz").write_bytes(b"small")
    for accepted, body, encoding in (("gzip, br", b"small", "gzip"), ("gzip;q=0", b"1", None), ("", b"1", None)):
        answer = built.client.get("/assets/a.js", headers={"Accept-Encoding": accepted}, buffered=True)
        assert (answer.data, answer.headers.get("Content-Encoding")) == (body, encoding)
        assert ("javascript" in answer.mimetype, answer.headers["Vary"]) == (True, "Accept-Encoding")


@pytest.mark.parametrize("path", ["/assets/../index.html", "/assets/nope.js", "/assets/%2e%2e/index.html"])
def test_other_paths_are_not_found(built: App, path: str) -> None:
    answer = built.client.get(path)
    assert (answer.status_code, answer.json) == (404, failure("not_found"))


def test_a_page_that_was_not_built_is_not_found(app: App) -> None:
    answer = app.client.get("/")
    assert (answer.status_code, answer.json) == (404, failure("not_found"))
