"""A request's id: the sender's if it is valid, else a new one."""

from __future__ import annotations

import threading

import pytest

from service.observability import request_ids
from tests.support.matchers import Like

MADE: str = Like(r"[0-9a-f]{16}")  # type: ignore[assignment]


@pytest.mark.parametrize("sent", ["01J0ABCD", "a" * 64, "4bf92f35-77b3:4da6.x_y"])
def test_a_valid_request_id_is_kept(sent: str) -> None:
    assert request_ids.begin(sent) == request_ids.current() == sent


@pytest.mark.parametrize(
    "sent", [None, "", "short", "a" * 65, "with space", "line\nbreak1", 'quote"quote', "-dashes-", "ümlaut-id"]
)
def test_an_invalid_request_id_is_replaced(sent: str | None) -> None:
    assert request_ids.begin(sent) == request_ids.current() == MADE


def test_each_thread_has_its_own_request_id() -> None:
    seen: list[str | None] = []
    request_ids.begin("that-of-here")
    thread = threading.Thread(target=lambda: seen.append(request_ids.current()))
    thread.start()
    thread.join()
    assert (seen, request_ids.current()) == ([None], "that-of-here")
