"""Answers of the API for operators, as a fake service gives them."""

from __future__ import annotations

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
DECISIONS, ALLOWLIST = "/api/v1/admin/decisions", "/api/v1/admin/allowlist"
DECISION = {
    "decision_id": "decision-1",
    "action": "release",
    "state": "done",
    "reason": "Checked.",
    "filter": None,
    "file_ids": ["file-1", "file-2"],
    "matched": 2,
    "is_exact": True,
    "done": 1,
    "skipped": 1,
    "failed": 0,
    "reasons": [{"file_id": "file-2", "reason": "It is served already."}],
    "problem": None,
    "created_by": "olivia",
    "created_at": "2026-01-31T12:00:00Z",
    "approved_by": None,
    "approved_at": None,
    "ended_at": "2026-01-31T12:00:01Z",
}
SHOWN = "decision-1  release  done\n2 files: 1 done, 1 skipped, 0 failed\nfile-2  It is served already.\n"
