"""`longshore admin` against a fake service: what it asks for, what it prints, how it ends."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from longshore.cli.exits import DONE, OTHER_BYTES
from tests.support.command_line import Ended, Run
from tests.support.fake_service import FakeService

AUDIT = "/api/v1/admin/audit"
ENTRY = {
    "sequence": 2,
    "at": "2026-01-31T12:00:02Z",
    "actor": "ann",
    "key_prefix": "3f9a0c1d2e4b",
    "address": "192.0.2.7",
    "action": "changed",
    "target_id": "5f3c1c7e-8f6d-4a5e-b0c4-7d1f0a9e2c33",
    "owner": None,
    "reason": "filename\x1b[2J",
    "before": {"filename": "a"},
    "after": {"filename": "b"},
    "request_id": "one-request",
    "seal": "6f" * 32,
}
BY_SYSTEM = ENTRY | {"actor": "system", "address": None, "target_id": None, "reason": None, "sequence": 1}
FOUND = {"checked": 2, "deleted": 0, "last": f"2:{'6f' * 32}", "is_complete": True, "unsealed": 0, "flaws": []}


def test_the_audit_log_for_people_and_as_json(service: FakeService, run: Run) -> None:
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


def test_a_whole_log_is_checked_call_by_call(service: FakeService, run: Run) -> None:
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
    told = f"entry 2: {flaw['problem']}\nbroken: 2 entries checked\nend: {FOUND['last']}\n"
    assert run("admin", "audit", "verify", "--head", head) == Ended(OTHER_BYTES, told, "")
    assert json.loads(run("admin", "audit", "verify", "--head", head, "--json").out) == FOUND | {"flaws": [flaw]}
