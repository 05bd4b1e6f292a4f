"""Measure the memory of the scanning processes over many small scans: it does not grow.

Database, Redis, clamd and the worker are real, storage's answers are canned. The same files are scanned repeatedly.

    python -m tools.bench.scan_memory --scans 5000         print the figures of fewer scans
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Select, func, select, update

from service.app import create_app
from service.db.models import File
from service.deps import Deps, build_deps
from service.settings import Settings
from service.values.states import UNJUDGED, Verdict
from tools.api_calls import completion
from tools.bench.peers.canned_storage import SIZE
from tools.bench.rig.measure import Claim, Report
from tools.bench.rig.part_costs import forked_mib
from tools.bench.service_cpu import parts
from tools.bench.timed_calls import API, Calls
from tools.stack.servers.app import Worker

SCANS = 100_000
FILES = 100
"""Files that are scanned in turns."""
WARM_UP = 200
"""Scans before the first figure."""
STEPS = 10
LOOK_SECONDS = 0.05
"""Between two queries of how many scans are pending."""


class Scans:
    """A worker with its two scanning processes, and the files that they scan."""

    def __init__(self, deps: Deps, worker: Worker) -> None:
        self._deps = deps
        self._worker = worker
        calls = Calls(create_app(deps))
        self._ids = [_upload(calls) for _ in range(FILES)]
        self._wait()

    def run(self, count: int) -> None:
        """Scan `count` files, rounded up to whole turns."""
        for _ in range(0, count, FILES):
            with self._deps.db.write() as session:
                due = {"virus_scan_status": Verdict.PENDING, "scan_attempts": 0, "scan_due_at": self._deps.clock()}
                session.execute(update(File).values(**due))
            for file_id in self._ids:
                while not self._deps.queue.enqueue_scan(file_id, SIZE):
                    time.sleep(LOOK_SECONDS)  # the verdict is written, and its job about to end
            self._wait()

    def pss_mib(self) -> float:
        """Return the mean proportional memory of the scanning processes, in MiB."""
        return forked_mib(self._worker)

    def _wait(self) -> None:
        """Return when no scan is pending. Raises AssertionError if one had another result than `clean`."""
        pending = select(func.count()).where(File.virus_scan_status.in_(UNJUDGED))
        while self._count(pending):
            time.sleep(LOOK_SECONDS)
        if others := self._count(select(func.count()).where(File.virus_scan_status != Verdict.CLEAN)):
            raise AssertionError(f"{others} files are not clean")

    def _count(self, query: Select[int]) -> int:
        with self._deps.db.read() as session:
            return session.scalar(query) or 0


def _upload(calls: Calls) -> str:
    """Upload a file and return its id."""
    wish = json.dumps({"filename": "small.bin", "size": SIZE}).encode()
    opened = json.loads(calls.ask("POST", f"{API}/upload/init/", wish))["data"]
    body = completion(opened["upload_id"], "small.bin", SIZE, opened["total_chunks"])
    calls.ask("POST", f"{API}/upload/complete/", json.dumps(body).encode())
    return str(opened["file_id"])


@contextmanager
def scans() -> Iterator[Scans]:
    """Yield the files and their worker, which runs inside the block."""
    with parts() as env, tempfile.TemporaryDirectory(prefix="longshore-bench-") as folder:
        worker = Worker(Path(folder), env)
        worker.start()
        deps = build_deps(Settings.from_env(env))
        try:
            yield Scans(deps, worker)
        finally:
            deps.disconnect()
            worker.stop()


def measured(count: int) -> dict[int, float]:
    """Return the memory in MiB after so many scans, in STEPS."""
    logging.disable(logging.WARNING)  # of the application that makes the files
    with scans() as running:
        running.run(WARM_UP)
        sizes = {0: running.pss_mib()}
        for step in range(1, STEPS + 1):
            running.run(count // STEPS)
            sizes[step * count // STEPS] = running.pss_mib()
    return sizes


def run() -> Report:
    return report(SCANS)


def report(count: int) -> Report:
    sizes = measured(count)
    start, tenth, end = sizes[0], sizes[count // STEPS], sizes[count]
    return Report(
        name="scan_memory",
        unit="MiB",
        medians={"at the start": start, f"after {count // STEPS:,} scans": tenth, f"after {count:,} scans": end},
        rounds={"proportional": list(sizes.values())},
        claims=[
            Claim(f"the memory after a tenth of {count:,} scans", end / tenth, 1.02, at_most=True),
            Claim("in each scanning process", end, 60, at_most=True, unit=" MiB"),
        ],
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=SCANS)
    found = report(parser.parse_args(arguments).scans)
    sys.stdout.write(f"{found.medians} MiB; in ten steps: {found.rounds['proportional']}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
