"""`./dev example` needs a running service that allows the example's page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.stack.example import allowed_port, run
from tools.stack.processes.part import PartError

UP = {"LONGSHORE_URL": "http://127.0.0.1:9000"}


@pytest.mark.parametrize(
    ("allowed", "wanted", "port"),
    [
        ("http://127.0.0.1:9000,http://127.0.0.1:9010", None, 9010),
        ("https://app.example, http://127.0.0.1:5000/", 5000, 5000),
        ("*", 5000, 5000),
    ],
)
def test_an_allowed_page_gets_its_port(allowed: str, wanted: int | None, port: int) -> None:
    assert allowed_port("fastapi", wanted, {**UP, "CORS_ORIGINS": allowed}) == port


def test_a_refused_page_is_reported_with_the_command_to_allow_it() -> None:
    with pytest.raises(PartError) as refused:
        allowed_port("fastapi", None, {**UP, "CORS_ORIGINS": "https://app.example"})
    assert "\nCORS_ORIGINS=https://app.example,http://127.0.0.1:9010 ./dev up" in str(refused.value)


def test_an_example_needs_a_running_service(tmp_path: Path) -> None:
    with pytest.raises(PartError, match=r"no `\./dev up` is running"):
        run("html", tmp_path, None)
