"""What every client was promised: written by the clients as answers come, read by the judge at the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tools.chaos.plan import Plan, make_plans


@dataclass
class Attempt:
    """One upload that a client has opened. place: `bucket/key` and storage's id, as they stand in its URLs.

    told_dead: the reason that the service gave when it said that this upload will not become a file.
    """

    upload_id: str
    file_id: str
    bucket: str | None = None
    object_key: str | None = None
    storage_upload_id: str | None = None
    told_dead: str | None = None


@dataclass
class Entry:
    """One client's account of one plan; the last attempt is the one that counts.

    completed: the file ids that `complete` (or `retry`) has answered with; aborted, deleted: that the service said so.
    *_asked: that it was asked, whatever was answered. exposed: answers that called an infected file clean or gave a
    link to it. surprises: answers that no client could act on. ended: the client came to the end of its plan.
    """

    plan: Plan
    sha256: str
    attempts: list[Attempt] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    complete_asked: bool = False
    aborted: bool = False
    delete_asked: bool = False
    deleted: bool = False
    exposed: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    last_answer: str = ""
    ended: bool = False

    @property
    def infected(self) -> bool:
        return self.plan.eicar_at is not None

    @property
    def current(self) -> Attempt | None:
        """The attempt that counts."""
        return self.attempts[-1] if self.attempts else None


class Ledger:
    """All entries of a run. Each entry is written by one thread only, so that nothing has to be locked."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = list(entries)

    @classmethod
    def of(cls, seed: int, count: int) -> Ledger:
        """Empty accounts for the plans of a seed."""
        return cls([Entry(plan, plan.sha256()) for plan in make_plans(seed, count)])

    @property
    def ended(self) -> int:
        """How many plans have come to their end."""
        return sum(entry.ended for entry in self.entries)

    @property
    def begun(self) -> int:
        """How many are being worked on now."""
        return sum(bool(entry.attempts) and not entry.ended for entry in self.entries)

    def write(self, path: Path) -> None:
        """Keep it for whoever looks into a finding."""
        rows: list[dict[str, Any]] = [asdict(entry) for entry in self.entries]
        path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
