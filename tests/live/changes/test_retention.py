"""docs/retention.md on the real stack: expiry, holds and erasure, as they are written there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from service.db.models import ApiKey, File
from service.domain.upkeep.sweep import sweep
from service.policy_file import read_policies
from tests.support.documents import block_of
from tests.support.live.client import FILE, Caller, Client
from tests.support.live.keys import caller, keys
from tests.support.live.stack import Stack
from tests.support.matchers import failure
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command

BODY = b"dead men tell no tales"


@pytest.fixture(scope="module")
def locked(one_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """An API with login and the policies of the page."""
    file = tmp_path_factory.mktemp("retention") / "policies.toml"
    file.write_text(block_of("a retention"))
    assert read_policies(str(file)) == {"invoices": {"retention": 315_360_000}, "previews": {"retention": 86_400}}
    with one_stack.second_api(LOGIN="on", POLICIES=str(file)) as client:
        yield client


@pytest.fixture
def ann(one_stack: Stack, locked: Client) -> Caller:
    """A new subject."""
    return caller(one_stack, locked)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, {}, python_command())


def test_a_file_expires_after_its_policys_retention(one_stack: Stack, ann: Caller) -> None:
    opened = ann.send(BODY, policy="previews")
    file = ann.complete(**ann.completion(opened, BODY))
    ends, made = (datetime.fromisoformat(file[name]) for name in ("expires_at", "created_at"))
    assert ends - made == timedelta(days=1)
    with one_stack.db.write() as session:
        session.execute(update(File).where(File.id == file["id"]).values(expires_at=made - timedelta(days=1)))
    sweep(one_stack.deps)
    answer = ann.request("GET", f"{FILE}/get/{file['id']}")
    assert (answer.status_code, answer.json()) == (404, failure("file_not_found"))
    assert [(row.actor, row.action) for row in one_stack.audits(file["id"])] == [("system", "expired")]


def test_the_commands_of_the_manual_set_an_expiry_and_a_hold(one_stack: Stack, ann: Caller, shell: Shell) -> None:
    file_id = ann.ready(BODY)["id"]
    admin = keys(one_stack, "create", "--json", "--name=live", "--subject=root", "--scope=admin")["key"]
    env = {"LONGSHORE_URL": ann.url, "FILE_ID": file_id, "KEY": ann.key, "ADMIN_KEY": admin}
    shell.run(block_of("an expiry"), env)
    assert ann.get(file_id)["expires_at"].startswith("2038-01-31T00:00:00")
    shell.run(block_of("a legal hold"), env)
    refused = ann.request("DELETE", f"{FILE}/{file_id}")
    assert (refused.status_code, refused.json()) == (409, failure("file_on_hold"))
    assert ann.download(ann.get(file_id)).content == BODY


def test_the_commands_of_the_manual_erase_a_subject(one_stack: Stack, ann: Caller, shell: Shell) -> None:
    file_id = ann.ready(BODY)["id"]
    subject = one_stack.row(File, file_id).owner
    output = shell.run(block_of("erase a subject"), one_stack.env | {"SUBJECT": subject})
    assert output.splitlines()[-1].startswith("keys=1 grants=0 links=0 adoptions=0 uploads=0 files=1")
    assert one_stack.row(File, file_id) is None
    assert one_stack.row(ApiKey, ann.key.split("_")[1]).revoked_at is not None
    assert one_stack.audits(file_id)[-1].reason == "Request of 2026-11-30"
