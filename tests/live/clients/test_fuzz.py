"""Random requests that schemathesis makes from the OpenAPI document: the running service complies with it."""

from __future__ import annotations

from tests.support.live.keys import keys
from tests.support.live.stack import Stack
from tools.fuzz.run import LIFE, LIFE_OF_A_FILE, run_round

SEED = 20_260_131


def test_every_response_is_described_in_the_openapi_document(one_stack: Stack) -> None:
    played = run_round(one_stack.client.url, SEED, 4)
    assert played.passed, played.words
    assert "unexpected_error" not in one_stack.logs()


def test_files_are_created_and_deleted_along_openapi_links(one_stack: Stack) -> None:
    played = run_round(one_stack.client.url, SEED, 15, *LIFE)
    assert played.passed, played.words
    assert {f"{name} 200" for name in LIFE_OF_A_FILE} <= played.answers.keys()


def test_with_login_every_request_needs_a_key(one_stack: Stack) -> None:
    made = keys(one_stack, "create", "--json", "--name=fuzz", "--subject=fuzz", "--scope=upload,read,delete")
    with one_stack.second_api(LOGIN="on") as locked:
        played = run_round(locked.url, SEED, 3, "--phases=examples,stateful", token=made["key"])
    assert played.passed, played.words
    assert "createUser 201" in played.answers


def test_a_service_without_login_is_detected(one_stack: Stack) -> None:
    played = run_round(one_stack.client.url, SEED, 1, "--phases=examples", token="lsk_of_nobody")
    assert not played.passed
    assert "curl" in played.words
