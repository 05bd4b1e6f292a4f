"""`longshore admin` against a fake service: requests, output, exit codes."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from longshore.cli.exits import ASKED_WRONGLY, DONE, OTHER_BYTES
from tests.support.client.admin_answers import ALLOWLIST, DECISION, DECISIONS, ENTRY, SHOWN
from tests.support.client.command_line import Ended, Run
from tests.support.client.fake_service import FakeService, ServiceCall

AUDIT = "/api/v1/admin/audit"
BY_SYSTEM = ENTRY | {"actor": "system", "address": None, "target_id": None, "reason": None, "sequence": 1}
FOUND = {"checked": 2, "deleted": 0, "last": f"2:{'6f' * 32}", "is_complete": True, "unsealed": 0, "flaws": []}


def test_audit_list_prints_lines_or_json(service: FakeService, run: Run) -> None:
    query = {
        "actor": "ann",
        "action": "changed",
        "target_id": "x",
        "created_from": "2026-01-01T00:00:00Z",
        "created_until": "2026-02-01T00:00:00Z",
        "limit": 200,
    }
    service.answers[f"GET {AUDIT}?{urlencode(query)}"] = {"items": [ENTRY, BY_SYSTEM], "next_cursor": None}
    words = ("--actor", "ann", "--action", "changed", "--target", "x", "--from", "2026-01-01", "--until", "2026-02-01")
    shown = (
        "2026-01-31T12:00:02Z  ann (192.0.2.7)  changed  5f3c1c7e-8f6d-4a5e-b0c4-7d1f0a9e2c33  filename?[2J\n"
        "2026-01-31T12:00:02Z  system  changed  -\n"
    )
    assert run("admin", "audit", "list", *words) == Ended(DONE, shown, "")
    lines = run("admin", "audit", "list", *words, "--json").out.splitlines()
    assert [json.loads(line) for line in lines] == [ENTRY, BY_SYSTEM]


def test_audit_verify_checks_the_log_call_by_call(service: FakeService, run: Run) -> None:
    first = FOUND | {"checked": 10_000, "is_complete": False, "last": f"10000:{'aa' * 32}", "deleted": 7}
    service.answers[f"GET {AUDIT}/verification"] = first
    last = FOUND | {"deleted": 7, "unsealed": 3}
    service.answers[f"GET {AUDIT}/verification?{urlencode({'after': first['last']})}"] = last
    shown = (
        "whole: 10002 entries checked; 7 older ones were deleted (AUDIT_DAYS); 3 new ones have no seal yet\n"
        f"end: 2:{'6f' * 32}\n"
    )
    assert run("admin", "audit", "verify") == Ended(DONE, shown, "10000 entries checked …\n")


def test_a_changed_log_is_reported(service: FakeService, run: Run) -> None:
    flaw = {"sequence": 2, "problem": "it or the entry before it was changed"}
    head = f"1:{'bb' * 32}"
    service.answers[f"GET {AUDIT}/verification?{urlencode({'head': head})}"] = FOUND | {"flaws": [flaw]}
    output = f"entry 2: {flaw['problem']}\nbroken: 2 entries checked\nend: {FOUND['last']}\n"
    assert run("admin", "audit", "verify", "--head", head) == Ended(OTHER_BYTES, output, "")
    assert json.loads(run("admin", "audit", "verify", "--head", head, "--json").out) == FOUND | {"flaws": [flaw]}


ENTRY_OF_LIST = {
    "entry_id": "entry-1",
    "kind": "signature",
    "value": "Win.Test\x1b",
    "reason": "Ours.",
    "state": "active",
    "created_by": "olivia",
    "created_at": "2026-01-31T12:00:00Z",
    "approved_by": None,
    "approved_at": None,
    "ends_at": None,
    "removed_at": None,
}


def test_decide_sends_a_decision_about_named_files(service: FakeService, run: Run) -> None:
    service.answers[f"POST {DECISIONS}"] = DECISION
    words = ("admin", "decide", "release", "file-1", "file-2", "--reason", "Checked.")
    assert run(*words) == Ended(DONE, SHOWN, "")
    body = {"action": "release", "dry_run": False, "file_ids": ["file-1", "file-2"], "reason": "Checked."}
    assert service.requests == [ServiceCall(f"POST {DECISIONS}", body)]
    assert json.loads(run(*words, "--json").out) == DECISION


def test_a_decision_by_a_filter_shows_its_progress(service: FakeService, run: Run) -> None:
    service.answers[f"POST {DECISIONS}"] = DECISION | {"state": "running", "done": 0, "skipped": 0, "reasons": []}
    service.answers[f"GET {DECISIONS}/decision-1"] = DECISION
    words = ("admin", "decide", "rescan", "--verdict", "error", "--from", "2026-01-01", "--min-size", "1kB", "--yes")
    assert run(*words) == Ended(DONE, SHOWN, "2 of 2 files\n")
    wanted = {"virus_scan_status": "error", "created_from": "2026-01-01T00:00:00Z", "min_size": 1000}
    assert service.requests[0].body == {"action": "rescan", "dry_run": False, "filter": wanted}
    assert run(*words, "--no-wait").out.startswith("decision-1  release  running\n")


def test_a_dry_run_lists_matching_files_and_changes_nothing(service: FakeService, run: Run) -> None:
    service.answers[f"POST {DECISIONS}"] = DECISION | {"decision_id": None, "state": "dry_run", "is_exact": False}
    shown = "release: at least 2 files match; nothing was changed\nfile-1\nfile-2\n"
    words = ("admin", "decide", "release", "--search", "a", "--reason", "x", "--dry-run")
    assert run(*words) == Ended(DONE, shown, "")


def test_a_decision_needs_files_or_a_filter(service: FakeService, run: Run) -> None:
    for words in ((), ("file-1", "--search", "a"), ("--search", "a")):
        assert run("admin", "decide", "delete", *words).code == ASKED_WRONGLY
    assert service.requests == []


def test_decisions_are_listed_approved_and_cancelled(service: FakeService, run: Run) -> None:
    waiting = DECISION | {"state": "waiting", "done": 0, "skipped": 0, "reasons": []}
    service.answers |= {
        f"GET {DECISIONS}?limit=200": {"items": [DECISION], "next_cursor": None},
        f"GET {DECISIONS}/decision-1": waiting,
        f"POST {DECISIONS}/decision-1/approve": DECISION,
        f"DELETE {DECISIONS}/decision-1": DECISION | {"state": "cancelled"},
    }
    line = "decision-1  2026-01-31T12:00:00Z  olivia  release  done  2 of 2 files  Checked.\n"
    assert run("admin", "decisions").out == line
    lines = run("admin", "decision", "decision-1").out.splitlines()
    assert lines[-1] == "a second person must approve it: longshore admin approve decision-1"
    assert run("admin", "approve", "decision-1") == Ended(DONE, SHOWN, "")
    assert run("admin", "cancel", "decision-1").out.startswith("decision-1  release  cancelled\n")


def test_allow_list_entries_are_added_listed_approved_and_removed(service: FakeService, run: Run) -> None:
    service.answers |= {
        f"POST {ALLOWLIST}": ENTRY_OF_LIST,
        f"GET {ALLOWLIST}?limit=200": {"items": [ENTRY_OF_LIST], "next_cursor": None},
        f"POST {ALLOWLIST}/entry-1/approve": ENTRY_OF_LIST,
        f"DELETE {ALLOWLIST}/entry-1": ENTRY_OF_LIST,
    }
    line = "entry-1  active  signature  Win.Test?  never ends  olivia  Ours.\n"
    added = run("admin", "allowlist", "add", "signature", "Win.Test", "--reason", "Ours.", "--until", "2027-01-01")
    assert added == Ended(DONE, line, "")
    body = {"kind": "signature", "value": "Win.Test", "reason": "Ours.", "ends_at": "2027-01-01T00:00:00Z"}
    assert service.requests == [ServiceCall(f"POST {ALLOWLIST}", body)]
    assert run("admin", "allowlist", "list") == Ended(DONE, line, "")
    assert run("admin", "allowlist", "approve", "entry-1") == Ended(DONE, line, "")
    assert json.loads(run("admin", "allowlist", "remove", "entry-1", "--json").out) == ENTRY_OF_LIST
