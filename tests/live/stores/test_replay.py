"""A chunk's URL that is used again after its upload has ended has no effect, for any response of storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.live.client import FILE, Client, put, random_bytes
from tests.support.live.stack import Stack
from tests.support.live.store_gaps import refused

BODY = random_bytes(1000)
OTHER = random_bytes(1000)


def sent(client: Client) -> dict[str, Any]:
    """A multipart upload with its only part."""
    opened = client.init_part(len(BODY))
    assert put(opened["chunks"][0], BODY).status_code == 200
    return opened


@pytest.mark.parametrize("send", [sent, lambda client: client.send(BODY)], ids=["a part", "one PUT"])
def test_a_replay_after_completion_does_not_change_the_file(
    stack: Stack, client: Client, send: Callable[[Client], dict[str, Any]]
) -> None:
    opened = send(client)
    file = client.complete(**client.completion(opened, BODY))
    key = stack.object_key(opened["upload_id"])
    refused(stack, "replay after completion", put(opened["chunks"][0], OTHER))
    assert client.download(client.wait_ready(file["id"])).content == BODY
    refused(stack, "replay after completion", put(opened["chunks"][0], OTHER))
    assert client.download(client.get(file["id"])).content == BODY
    stack.let_time_pass()
    stack.wait_sweeps(1)
    assert stack.open_uploads(key) == []


def test_a_replay_after_abort_leaves_no_object(stack: Stack, client: Client) -> None:
    """By one PUT: `test_one_put.test_a_late_put_is_removed`."""
    opened = sent(client)
    key = stack.object_key(opened["upload_id"])
    client.data("DELETE", f"{FILE}/upload/{opened['upload_id']}")
    refused(stack, "replay after abort", put(opened["chunks"][0], OTHER))
    stack.wait_forgotten(key)


def test_a_replay_after_deletion_leaves_no_object(stack: Stack, client: Client) -> None:
    opened = sent(client)
    file = client.complete(**client.completion(opened, BODY))
    key = stack.object_key(opened["upload_id"])
    client.wait_ready(file["id"])
    client.data("DELETE", f"{FILE}/{file['id']}")
    refused(stack, "replay after deletion", put(opened["chunks"][0], OTHER))
    stack.wait_forgotten(key)
