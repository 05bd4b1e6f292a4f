"""Measure the time from complete to the verdict against `clamdscan --stream`, and the memory of the scanning process.

Both use the same clamd, whose only signature is EICAR, so that mostly the transport of the bytes is measured. Every
round has different bytes, because clamd caches clean results.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from service.db.models import File
from service.db.session import Database
from service.settings import Settings
from service.storage.client import make_client
from service.storage.s3 import Storage
from service.values import Location
from service.values.states import Verdict
from tools.bench.measure import Claim, Report, medians
from tools.bench.rig import Rig, rig
from tools.bench.upload import Flow, write_random
from tools.stack.processes.parent_watch import members
from tools.stack.servers.app import Worker
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.redis import Redis

MIB = 2**20
SIZE = 256 * MIB
ROUNDS = 5
MEMORY_SIZES = {"10 MiB": 10 * MIB, "1 GiB": 1024 * MIB, "1.9 GiB": 1945 * MIB}
LOOK_SECONDS = 0.02
"""Between two queries of the file's row."""


class Verdicts:
    """The service with its worker: upload files and wait for their verdicts."""

    def __init__(self, parts: Rig) -> None:
        redis, self.clamd = parts.run(Redis(parts.folder)), parts.run(Clamd(parts.folder))
        env = parts.settings(**redis.env(), **self.clamd.env())
        self.flow = Flow(parts.api(env).url)
        self.worker = parts.run(Worker(parts.folder, env))
        settings = Settings.from_env(env)
        self.db = Database(settings.database_url)
        self.storage = Storage(make_client(settings, settings.s3_endpoint_url))
        self.last_id = ""

    def seconds(self, file: Path, private: bool, look: Callable[[], None] = lambda: None) -> float:
        """Return the seconds from the response of complete until the verdict is written. look: called while waiting."""
        # a private file stays where it is, and the verdict waits for no copy
        file_id = self.flow.upload(file, **({"credential": {"key": "bench"}} if private else {}))
        start = time.perf_counter()
        while (word := self._row(file_id).virus_scan_status) in {Verdict.PENDING, Verdict.SCANNING}:
            look()
            time.sleep(LOOK_SECONDS)
        taken = time.perf_counter() - start
        # random bytes of more than a GiB may exceed clamd's limits: deploy/clamav/README.md
        if word != Verdict.CLEAN and not (word == Verdict.UNSCANNABLE and file.stat().st_size > SIZE):
            raise AssertionError(f"the verdict is {word}")
        self.last_id = file_id
        return taken

    def peak(self, file: Path) -> float:
        """Return the peak memory of the process that scans a file, in MiB."""
        worker = self.worker.children[0].pid
        peaks = [0.0]

        def look() -> None:
            peaks.extend(peak_mib(pid) for pid in members(worker) if pid != worker)

        self.seconds(file, private=True, look=look)
        return max(peaks)

    def reading(self) -> float:
        """Return the seconds that reading the last file from storage takes: each scan waits for that."""
        row = self._row(self.last_id)
        start = time.perf_counter()
        for _ in self.storage.read(Location(row.bucket, row.object_key), row.etag):
            pass
        return time.perf_counter() - start

    def _row(self, file_id: str) -> File:
        with self.db.read() as session:
            return session.get_one(File, file_id)


def run() -> Report:
    if shutil.which("clamdscan") is None:
        sys.exit("clamdscan is not installed (on Debian: apt install clamdscan)")
    with rig() as parts:
        service = Verdicts(parts)
        file = parts.folder / "file.bin"
        write_random(file, SIZE)
        contestants: dict[str, Callable[[], float]] = {
            "clamdscan": lambda: clamdscan(service.clamd, file),
            "longshore, private": lambda: service.seconds(file, private=True),
            "its object from storage": service.reading,
            "longshore, public": lambda: service.seconds(file, private=False),
        }
        rounds: dict[str, list[float]] = {name: [] for name in contestants}
        for number in range(ROUNDS + 1):
            for name, measured in contestants.items():
                make_new(file)
                seconds = measured()
                if number:  # the first round is to warm up
                    rounds[name].append(seconds)
        peaks = {size: memory(service, file, length) for size, length in MEMORY_SIZES.items()}
    middle = medians(rounds)
    grown = max(peaks.values()) - peaks["10 MiB"]
    return Report(
        name="verdict",
        unit="seconds for 256 MiB",
        medians=middle | {f"memory at {size}, MiB": peak for size, peak in peaks.items()},
        rounds=rounds,
        claims=[
            Claim("the speed of clamdscan --stream", middle["clamdscan"] / middle["longshore, private"], 0.95),
            Claim("more in the scanning process at 1.9 GiB than at 10 MiB", grown, 32, at_most=True, unit=" MiB"),
        ],
    )


def clamdscan(clamd: Clamd, file: Path) -> float:
    """Return the seconds that clamdscan takes."""
    start = time.perf_counter()
    config = str(clamd.folder / "clamd.conf")
    subprocess.run(
        ["clamdscan", "--stream", "--no-summary", "-c", config, str(file)], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - start


def make_new(file: Path) -> None:
    """Change the first bytes, so that clamd has no cached result."""
    with file.open("r+b") as out:
        out.write(os.urandom(32))


def memory(service: Verdicts, file: Path, size: int) -> float:
    """Return the peak memory of the scanning process, in MiB, for a file of `size` random bytes."""
    write_random(file, size)
    return service.peak(file)


def peak_mib(pid: int) -> float:
    """Return the peak memory of a process so far, in MiB; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
