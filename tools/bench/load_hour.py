"""Measure whether the memory of the service and of the worker stays flat over an hour of load.

The load is that of `load` with files of 20 kB, on Ceph.

    python -m tools.bench.load_hour --minutes 5     a shorter time
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence

from tools.bench.load import MEMORY, MEMORY_GROWTH, SIZES, described, running
from tools.bench.rig.measure import Claim, Report

MINUTES = 60.0
STEPS = 12
"""Looks at the memory, after rounds of the same length."""
SETTLED = 2
"""Rounds until pools of connections and caches are full; growth counts from there."""
SIZE = "20 kB"
STORE = "Ceph"
WHEN = {"after the first round": 0, "at the end": -1}


def run() -> Report:
    return report(MINUTES)


def report(minutes: float) -> Report:
    """Return the memory over so many minutes."""
    memory: dict[str, list[float]] = defaultdict(list)
    rounds = []
    with running(STORE) as (service, _):
        for step in range(1, STEPS + 1):
            rounds.append(service.round(SIZES[SIZE], minutes * 60 / STEPS))
            for part, mib in service.memory().items():
                memory[part].append(mib)
                sys.stderr.write(f"{step} of {STEPS}: {part} {mib:.1f} MiB\n")
    files = sum(len(each.clean) for each in rounds)
    return Report(
        name="load_hour",
        unit="MiB (PSS) in each process",
        medians={f"{part}, {when}": sizes[at] for part, sizes in memory.items() for when, at in WHEN.items()},
        rounds=dict(memory),
        claims=[claim for part, sizes in memory.items() for claim in claims_of(part, sizes, minutes)],
        notes=[f"{files} files in {minutes:.0f} minutes", *described(f"{SIZE}, {STORE}", rounds)],
    )


def claims_of(part: str, sizes: Sequence[float], minutes: float) -> list[Claim]:
    """Return the claims about the memory of one part: at the end, and its growth."""
    since = f"the {part}'s memory after {minutes * SETTLED / STEPS:.0f} minutes"
    return [
        Claim(f"in each process of the {part} at the end", sizes[-1], MEMORY[part], at_most=True, unit=" MiB"),
        Claim(since, sizes[-1] / sizes[SETTLED - 1], MEMORY_GROWTH, at_most=True),
    ]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    found = report(parser.parse_args(arguments).minutes)
    sys.stdout.write(json.dumps(found.as_json(), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
