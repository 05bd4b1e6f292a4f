"""`./dev docs --serve`: where it serves, which service its demos use, and what its pages may load."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import requests

from tools.docs.site_server import Place, place_of, site_server
from tools.stack.environment import handed_over
from tools.stack.examples import origin_of
from tools.stack.processes.lock_file import only_one

UP = "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("allowed", "port", "place"),
    [
        ("http://127.0.0.1:9012", None, Place(9012, UP, f"The demos upload to {UP}.")),
        ("*", 5000, Place(5000, UP, f"The demos upload to {UP}.")),
        (
            "https://app.example",
            None,
            Place(
                9012,
                UP,
                "The service allows no uploads from this address. Start it with:\n"
                "CORS_ORIGINS=https://app.example,http://127.0.0.1:9012 ./dev up",
            ),
        ),
    ],
)
def test_the_site_is_served_next_to_a_running_service(
    tmp_path: Path, allowed: str, port: int | None, place: Place
) -> None:
    settings = {"LONGSHORE_URL": UP, "CORS_ORIGINS": allowed}
    with only_one(tmp_path), handed_over(tmp_path, settings, {}):
        assert place_of(None, port, tmp_path) == place
        assert place_of("https://files.example", port, tmp_path).service == "https://files.example"


def test_the_site_is_served_without_a_running_service(tmp_path: Path) -> None:
    expected = Place(8012, "http://127.0.0.1:8000", "The demos on it need ./dev up in another terminal.")
    assert place_of(None, None, tmp_path) == expected


def test_pages_may_load_only_content_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>")
    with site_server(tmp_path, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            answer = requests.get(f"{origin_of(server.server_port)}/page.html", timeout=10)
        finally:
            server.shutdown()
    assert answer.text == "<p>"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self' 'unsafe-inline'; img-src 'self'")
