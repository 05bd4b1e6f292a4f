"""Measure a scan's cost where clean files stay in the private bucket, and where they are copied to the public one.

Small files on the parts of `capacity`, by a worker without and with S3_PUBLIC_BASE_URL in turn. Deletions of the
originals count: the worker makes them before its job ends.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from tools.api_calls import completion
from tools.bench.capacity import FILES, ROUNDS, SIZE, Installation, post
from tools.bench.rig.measure import Claim, Report, medians
from tools.bench.rig.rig import rig
from tools.bench.upload import send_chunks

PLAIN = {"S3_PUBLIC_BASE_URL": "https://cdn.example"}
PARTS = ("storage", "worker", "database")
MOST = 0.6
"""The goal: storage's processor time without the copy, as a share of that with it."""


def run() -> Report:
    with rig() as parts:
        installation = Installation(parts)
        installation.worker.stop()
        settings = {"in place": {}, "copied": PLAIN}
        rounds: dict[str, list[float]] = {}
        for number in range(ROUNDS + 1):
            for name, own in settings.items():
                used = scan_with(installation, own)
                for part in PARTS if number else ():
                    rounds.setdefault(f"{name}: {part}, ms", []).append(used[part] * 1e3 / FILES)
    middle = medians(rounds)
    share = middle["in place: storage, ms"] / middle["copied: storage, ms"]
    claim = Claim("storage's processor time of a scan with a copy", share, MOST, at_most=True)
    return Report("in_place", "ms of processor time a scan", middle, rounds, [claim])


def scan_with(installation: Installation, own: Mapping[str, str]) -> dict[str, float]:
    """Upload FILES files, and return the seconds that each part used to scan them by a worker with these settings.

    One worker at a time: a frozen one would be given jobs of the other.
    """
    worker = installation.worker
    before = dict(worker.settings)
    worker.settings |= own
    worker.start()
    worker.freeze()
    upload(installation)
    start = installation.used()
    installation.scan_all()
    used = {part: seconds - start[part] for part, seconds in installation.used().items()}
    worker.thaw()
    worker.stop()
    worker.settings = before
    return used


def upload(installation: Installation) -> None:
    """Upload FILES files, whose scans wait."""
    opened = installation.ask([post("upload/init/", {"filename": "small.bin", "size": SIZE})] * FILES)
    chunks = [each["chunks"][0] for each in opened]
    send_chunks(installation.caller, ((chunk, os.urandom(SIZE)) for chunk in chunks))
    installation.ask([post("upload/complete/", completion(each["upload_id"], "small.bin", SIZE, 1)) for each in opened])
