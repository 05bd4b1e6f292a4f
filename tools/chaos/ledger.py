"""The promises to each client: written by the clients with each response, read by the judge at the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tools.chaos.plan import Plan, make_plans


@dataclass
class Attempt:
    """One upload that a client has opened; bucket, key and storage's id are those of its URLs.

    dead: the response by which the service reported that this upload will not become a file. late: storage accepted a
    PUT after the service had confirmed that the upload or file is gone; None without such a PUT.
    """

    upload_id: str
    file_id: str
    bucket: str | None = None
    object_key: str | None = None
    storage_upload_id: str | None = None
    dead: str | None = None
    late: bool | None = None


@dataclass
class Entry:
    """The promises to one client about one plan; the last attempt is the one that counts.

    completed: the file ids in responses of `complete` (or `retry`); aborted, deleted: confirmed by the service.
    *_asked: requested, with any response. exposed: responses with an infected file as clean, or with a link to it.
    surprises: responses that a client cannot act on. ended: the client has finished its plan.
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
    """All entries of a run. One thread writes each entry, so that no lock is needed."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = list(entries)

    @classmethod
    def of(cls, seed: int, count: int) -> Ledger:
        """Return empty entries for the plans of a seed."""
        return cls([Entry(plan, plan.sha256()) for plan in make_plans(seed, count)])

    @property
    def ended(self) -> int:
        """Return the number of finished plans."""
        return sum(entry.ended for entry in self.entries)

    @property
    def begun(self) -> int:
        """Return the number of plans in progress."""
        return sum(bool(entry.attempts) and not entry.ended for entry in self.entries)

    def write(self, path: Path) -> None:
        """Save the ledger, to investigate a finding."""
        rows: list[dict[str, Any]] = [asdict(entry) for entry in self.entries]
        path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
