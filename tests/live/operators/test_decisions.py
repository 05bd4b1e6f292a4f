"""The commands of docs/decisions.md on the real stack: decisions, approvals, the allow-list."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from service.db.models import AllowlistEntry, Decision, File
from service.deps import utc_now
from service.domain.accounts.keys import create_key
from service.domain.decisions.retention import delete_old_decisions, delete_old_entries_of_allowlist
from service.domain.upkeep.sweep import sweep
from service.values.access.caller import Scope
from tests.support.documents import block_of
from tests.support.live.client import Caller
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.matchers import A_TIME
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command
from tools.stack.servers.clamd import eicar

ALLOWLIST = "/api/v1/admin/allowlist"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, {}, python_command())


def key_of(stack: Stack, subject: str) -> str:
    return create_key(stack.deps, "decisions", subject, [Scope.ADMIN])[0]


def infected(stack: Stack) -> str:
    """A file in quarantine, whose move has ended."""
    file_id = str(stack.client.upload(eicar())["id"])
    stack.client.wait_stage(file_id, "quarantined")
    eventually(lambda: stack.row(File, file_id).scan_due_at, lambda due: due is None)
    stack.let_time_pass()
    sweep(stack.deps)
    return file_id


def test_the_commands_of_the_manual_release_and_block_files(one_stack: Stack, shell: Shell) -> None:
    bad, good = infected(one_stack), str(one_stack.client.ready(b"hello")["id"])
    with one_stack.second_api(LOGIN="on") as api:
        olivia = key_of(one_stack, "olivia")
        env = {"LONGSHORE_URL": api.url, "LONGSHORE_TOKEN": olivia, "FILE_ID": bad, "OTHER_ID": good}
        output = shell.run(block_of("a decision"), env)
        assert output.count("1 files: 1 done, 0 skipped, 0 failed") == 2
        caller = Caller(api.url, olivia)
        file = caller.get(bad)
        assert caller.download(file).content == eicar()
        documented = json.loads(block_of("a released file"))
        expected = documented["decision"] | {"at": A_TIME, "reason": "False positive, checked with the vendor."}
        assert (file["virus_scan_status"], file["decision"]) == (documented["virus_scan_status"], expected)
        blocked = caller.get(good)
        assert (blocked["virus_scan_status"], blocked["download_url"], blocked["decision"]["action"]) == (
            "blocked",
            None,
            "block",
        )
    eventually(lambda: one_stack.row(File, good).object_key, lambda key: key.startswith("quarantine/"))


def test_a_release_needs_a_second_operator(one_stack: Stack, shell: Shell) -> None:
    bad = infected(one_stack)
    with one_stack.second_api(LOGIN="on", RELEASE_APPROVAL="on") as api:
        olivia, ben = Caller(api.url, key_of(one_stack, "olivia")), key_of(one_stack, "ben")
        body = {"action": "release", "file_ids": [bad], "reason": "Checked."}
        made = olivia.data("POST", "/api/v1/admin/decisions", json=body)
        assert (made["state"], olivia.get(bad)["download_url"]) == ("waiting", None)
        env = {"LONGSHORE_URL": api.url, "LONGSHORE_TOKEN": ben, "DECISION_ID": made["decision_id"]}
        assert "1 files: 1 done" in shell.run(block_of("approve a release"), env)
        assert olivia.get(bad)["virus_scan_status"] == "released"


def test_the_commands_of_the_manual_add_allowlist_entries(one_stack: Stack, shell: Shell) -> None:
    """The block names a signature of ClamAV; the tests' signature has another name."""
    bad = infected(one_stack)
    signature = one_stack.row(File, bad).virus_scan_result or ""
    (shell.folder / "setup.exe").write_bytes(eicar())
    commands = block_of("an entry of the allow-list").replace("Win.Test.EICAR_HDB-1", f"not-{signature}")
    shell.run(commands, {"LONGSHORE_URL": one_stack.client.url})
    entries: list[dict[str, Any]] = one_stack.client.data("GET", ALLOWLIST)["items"][:2]
    try:
        file_id = str(one_stack.client.upload(eicar())["id"])
        shown = one_stack.client.wait_ready(file_id)
        reason = f"Allow-list (sha256 {entries[0]['value']}): Our installer."
        assert (shown["virus_scan_status"], shown["decision"]["reason"]) == ("released", reason)
    finally:
        for entry in entries:
            one_stack.client.data("DELETE", f"{ALLOWLIST}/{entry['entry_id']}")
    one_stack.client.wait_stage(file_id, "quarantined")


def test_a_decision_by_filter_is_carried_out_by_the_sweeper(one_stack: Stack) -> None:
    client = one_stack.client
    files = [str(client.ready(b"hello")["id"]) for _ in range(3)]
    with one_stack.db.write() as session:
        session.execute(update(File).where(File.id.in_(files)).values(policy="decided"))
    made = client.data(
        "POST",
        "/api/v1/admin/decisions",
        json={"action": "block", "filter": {"policy": "decided"}, "reason": "A test."},
    )
    assert (made["state"], made["matched"]) == ("running", 3)
    found = eventually(
        lambda: client.data("GET", f"/api/v1/admin/decisions/{made['decision_id']}"),
        lambda found: found["state"] == "done",
    )
    assert (found["done"], found["skipped"], found["failed"]) == (3, 0, 0)
    eventually(
        lambda: [one_stack.row(File, file_id).object_key for file_id in files],
        lambda keys: all(key.startswith("quarantine/") for key in keys),
    )


def test_old_decisions_and_entries_are_deleted(one_stack: Stack) -> None:
    """A sweeper in two days, which keeps them for a day, deletes those of the tests above."""
    client = one_stack.client
    body = {"action": "rescan", "file_ids": ["none"]}
    made = client.data("POST", "/api/v1/admin/decisions", json=body)["decision_id"]
    allowed = {"kind": "signature", "value": "None", "reason": "A test."}
    kept, ended = (client.data("POST", ALLOWLIST, json=allowed | {"reason": why})["entry_id"] for why in ("a", "b"))
    client.data("DELETE", f"{ALLOWLIST}/{ended}")
    settings = replace(one_stack.settings, audit_days=1)
    later = replace(one_stack.deps, settings=settings, clock=lambda: utc_now() + timedelta(days=2))
    try:
        assert delete_old_decisions(later, 1000) > 0
        assert delete_old_entries_of_allowlist(later, 1000) > 0
        left = [one_stack.row(Decision, made), one_stack.row(AllowlistEntry, ended)]
        assert (left, one_stack.row(AllowlistEntry, kept) is None) == ([None, None], False)
    finally:
        client.data("DELETE", f"{ALLOWLIST}/{kept}")
