"""Measure the memory of a process of the service before and after ten thousand signing calls: it does not grow."""

from __future__ import annotations

from tools.bench.rig.measure import Claim, Report
from tools.bench.rig.part_costs import forked_mib
from tools.bench.rig.raw_client import drive
from tools.bench.rig.rig import rig
from tools.bench.signing_api import BATCH, CHUNK, CONNECTIONS, open_upload, ours

CALLS = 10_000
BATCHES = CALLS // 10
"""Number of calls for a thousand chunks each; all others are for one."""
WARM_UP = 1_000
STEPS = 5


def run() -> Report:
    with rig() as parts:
        api = parts.api(parts.settings(CHUNK_SIZE=str(CHUNK)))
        upload_id = open_upload(api.url, BATCH)
        sign(api.port, upload_id, WARM_UP)
        sizes = [forked_mib(api)]
        for _ in range(STEPS):
            sign(api.port, upload_id, CALLS // STEPS)
            sizes.append(forked_mib(api))
    return Report(
        name="memory",
        unit="MiB",
        medians={f"after {WARM_UP:,} calls": sizes[0], f"after {CALLS:,} more": sizes[-1]},
        rounds={"proportional": sizes},
        claims=[Claim(f"the memory after {CALLS:,} more signing calls", sizes[-1] / sizes[0], 1.02, at_most=True)],
    )


def sign(port: int, upload_id: str, calls: int) -> None:
    """Make `calls` signing calls, a tenth of them for a thousand chunks."""
    batches = calls * BATCHES // CALLS
    drive(port, ours(upload_id, BATCH), batches, CONNECTIONS)
    drive(port, ours(upload_id, 1), calls - batches, CONNECTIONS)
