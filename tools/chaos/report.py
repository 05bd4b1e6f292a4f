"""The report of a run, for readers."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field

from tools.chaos.evidence import Evidence
from tools.chaos.judge import Finding, Kind
from tools.chaos.killer import Killer
from tools.chaos.ledger import Ledger
from tools.chaos.rig import Rig


@dataclass(frozen=True)
class Order:
    """The parameters of a run.

    seconds: how long the killer strikes at most; gap: seconds between two strikes at most; strikes: their minimum;
    store: a key of rig.STORES.
    """

    seed: int
    uploads: int = 1000
    clients: int = 4
    seconds: float = 900.0
    gap: float = 3.0
    strikes: int = 0
    store: str = "swift"

    def command(self) -> str:
        return (
            f"./dev chaos --seed {self.seed} --uploads {self.uploads} --clients {self.clients}"
            f" --seconds {self.seconds:g} --gap {self.gap:g} --store {self.store}"
        )


@dataclass
class Result:
    """The result of a run. calm: whether the service finished all work by itself.

    noted: processes that ended by themselves, and unexpected exceptions: bugs, though no promise was broken.
    """

    order: Order
    ledger: Ledger
    killer: Killer
    evidence: Evidence
    calm: bool
    seconds: float
    findings: list[Finding] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return the number of findings of each kind, also 0."""
        return {str(kind): sum(finding.kind == kind for finding in self.findings) for kind in Kind}

    def lines(self) -> list[str]:
        """Return the lines of the summary."""
        stages = Counter(shown.stage or str(shown.code) for shown in self.evidence.shown.values())
        endings = Counter(str(entry.plan.ending) for entry in self.ledger.entries)
        again = [one.dead for entry in self.ledger.entries for one in entry.attempts if one.dead]
        killer = self.killer
        return [
            f"seed {self.order.seed}: {len(self.ledger.entries)} uploads, {self.order.clients} clients,"
            f" {self.seconds:.0f} s, {'all work done' if self.calm else 'work is LEFT UNDONE'}",
            f"plans: {_listing(endings)}",
            f"results: {_listing(stages)}; uploads started again: {len(again)}",
            f"killed: {_listing(killer.kills)}; frozen: {_listing(killer.freezes)}; Redis emptied: {killer.flushes};"
            f" ended by themselves: {len(killer.crashes)}",
            ", ".join(f"{kind} {count}" for kind, count in self.counts().items()),
        ]


def report(result: Result, rig: Rig) -> None:
    """Print the summary, and each finding with its lines of the logs; save the ledger."""
    result.ledger.write(rig.folder / "ledger.json")
    for finding in result.findings:
        say(f"\n{finding.kind}: {finding.what}\n  {' '.join(finding.ids)}")
        words = [name for name in finding.ids if not name.startswith("#")]
        for line in rig.logs_about(*words) if words else ():
            say(f"    {line[:300]}")
    for noted in result.noted:
        say(f"\na bug without consequences: {noted}")
    say("\n" + "\n".join(result.lines()))
    say(f"to repeat: {result.order.command()}")


def _listing(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items())) or "nothing"


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
