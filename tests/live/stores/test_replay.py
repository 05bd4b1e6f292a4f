"""A chunk's URL that is used again after its upload has ended: it has no effect, whatever storage's response is."""

from __future__ import annotations

from tests.support.live.client import FILE, Client, put, random_bytes
from tests.support.live.stack import Stack
from tests.support.live.store_gaps import refused

BODY = random_bytes(1000)
OTHER = random_bytes(1000)


def test_after_completion_the_file_stays_as_it_is(stack: Stack, client: Client) -> None:
    opened = client.send(BODY)
    file = client.complete(**client.completion(opened, BODY))
    key = stack.object_key(opened["upload_id"])
    refused(stack, "replay after completion", put(opened["chunks"][0], OTHER))
    assert client.download(client.wait_ready(file["id"])).content == BODY
    refused(stack, "replay after completion", put(opened["chunks"][0], OTHER))
    assert client.download(client.get(file["id"])).content == BODY
    stack.let_time_pass()
    stack.wait_sweeps(1)
    assert stack.open_uploads(key) == []


def test_after_abort_nothing_is_left(stack: Stack, client: Client) -> None:
    opened = client.send(BODY)
    key = stack.object_key(opened["upload_id"])
    client.data("DELETE", f"{FILE}/upload/{opened['upload_id']}")
    refused(stack, "replay after abort", put(opened["chunks"][0], OTHER))
    stack.wait_forgotten(key)


def test_after_deletion_nothing_is_left(stack: Stack, client: Client) -> None:
    opened = client.send(BODY)
    file = client.complete(**client.completion(opened, BODY))
    key = stack.object_key(opened["upload_id"])
    client.wait_ready(file["id"])
    client.data("DELETE", f"{FILE}/{file['id']}")
    refused(stack, "replay after deletion", put(opened["chunks"][0], OTHER))
    stack.wait_forgotten(key)
