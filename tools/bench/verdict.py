"""Measure the time from complete to the verdict against `curl PRESIGNED | clamdscan --stream -`, and the scan's memory.

Both read an object that was just uploaded, with the same bytes, from the same storage, and use the same clamd, which
caches no results and whose only signature is EICAR, so that mostly the transport of the bytes is measured.

    python -m tools.bench.verdict --mib 64 --rounds 3      print the figures of files of one size
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from service.db.models import File
from service.db.session import Database
from service.settings import Settings
from service.storage.client import make_client
from service.storage.s3 import Storage
from service.values import Location
from service.values.states import Verdict
from tools.bench.rig.measure import Claim, Report, medians
from tools.bench.rig.rig import Rig, rig
from tools.bench.upload import GIB, Flow, write_random
from tools.stack.processes.parent_watch import members
from tools.stack.servers.app import Worker
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.redis import Redis

MIB = 2**20
SIZES = {"1 MiB": (MIB, 20), "256 MiB": (256 * MIB, 5), "1.9 GiB": (1945 * MIB, 3)}
"""Bytes of the file, and rounds."""
SMALLEST, LARGEST = "10 MiB", "1.9 GiB"
MEMORY_SIZES = {SMALLEST: 10 * MIB, "1 GiB": 1024 * MIB, LARGEST: 1945 * MIB}
LOOK_SECONDS, LOOK_SHARE = 0.005, 0.01
"""Minimum seconds between two queries of the file's row, and share of the time so far: each query needs processor time
that the scan then lacks."""
OURS, LIMIT = "longshore", "curl | clamdscan"


class ForgetfulClamd(Clamd):
    """clamd that scans the same bytes again."""

    def configuration(self) -> str:
        return f"{super().configuration()}DisableCache yes\n"


class Verdicts:
    """The service with its worker: upload files and wait for their verdicts."""

    def __init__(self, parts: Rig) -> None:
        redis, self.clamd = parts.run(Redis(parts.folder)), parts.run(ForgetfulClamd(parts.folder))
        env = parts.settings(**redis.env(), **self.clamd.env())
        self.flow = Flow(parts.api(env).url)
        self.worker = parts.run(Worker(parts.folder, env))
        settings = Settings.from_env(env)
        self.db = Database(settings.database_url)
        self.s3 = make_client(settings, settings.s3_endpoint_url)
        self.storage = Storage(self.s3)
        self.last_id = ""

    def seconds(self, file: Path, look: Callable[[], None] = lambda: None) -> float:
        """Return the seconds from the response of complete until the verdict is written. look: called while waiting."""
        file_id = self.flow.upload(file)
        start = time.perf_counter()
        while (word := self._row(file_id).virus_scan_status) in {Verdict.PENDING, Verdict.SCANNING}:
            look()
            time.sleep(max(LOOK_SECONDS, (time.perf_counter() - start) * LOOK_SHARE))
        taken = time.perf_counter() - start
        # random bytes of more than a GiB may exceed clamd's limits: deploy/clamav/README.md
        if word != Verdict.CLEAN and not (word == Verdict.UNSCANNABLE and file.stat().st_size >= GIB):
            raise AssertionError(f"the verdict is {word}")
        self.last_id = file_id
        return taken

    def peak(self, file: Path) -> float:
        """Return the peak memory of the process that scans a file, in MiB."""
        worker = self.worker.children[0].pid
        peaks = [0.0]

        def look() -> None:
            peaks.extend(peak_mib(pid) for pid in members(worker) if pid != worker)

        self.seconds(file, look=look)
        return max(peaks)

    def reading(self) -> float:
        """Return the seconds that reading the last file from storage takes: each scan waits for that."""
        row = self._row(self.last_id)
        start = time.perf_counter()
        for _ in self.storage.read(Location(row.bucket, row.object_key), row.etag):
            pass
        return time.perf_counter() - start

    def limit(self, file: Path) -> float:
        """Return the seconds of curl and clamdscan from the response of complete, as after it storage still works."""
        self.worker.freeze()
        file_id = self.flow.upload(file)
        row = self._row(file_id)
        url = self.s3.generate_presigned_url("get_object", {"Bucket": row.bucket, "Key": row.object_key})
        scan = f"clamdscan --stream --no-summary -c {self.clamd.folder / 'clamd.conf'} -"
        start = time.perf_counter()
        ended = subprocess.run(["sh", "-c", f"curl -sSf '{url}' | {scan}"], check=False, stdout=subprocess.DEVNULL)
        taken = time.perf_counter() - start
        self.flow.delete(file_id)
        self.worker.thaw()
        # 1: it found something, such as random bytes beyond its limits
        if ended.returncode > (file.stat().st_size >= GIB):
            raise AssertionError(f"clamdscan ended with {ended.returncode}")
        return taken

    def local(self, file: Path) -> float:
        """Return the seconds of clamdscan for a file in the page cache."""
        command = ["clamdscan", "--stream", "--no-summary", "-c", str(self.clamd.folder / "clamd.conf"), str(file)]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    def _row(self, file_id: str) -> File:
        with self.db.read() as session:
            return session.get_one(File, file_id)


def measured(service: Verdicts, file: Path, size: int, count: int) -> dict[str, list[float]]:
    """Return the seconds of each contestant with a file of `size` random bytes, round by round."""
    write_random(file, size)
    contestants: dict[str, Callable[[], float]] = {
        OURS: lambda: service.seconds(file),
        LIMIT: lambda: service.limit(file),
        "its object from storage": service.reading,
    }
    if size <= SIZES["256 MiB"][0]:
        contestants["clamdscan of the page cache"] = lambda: service.local(file)
    rounds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(count + 1):
        for name, take in contestants.items():
            seconds = take()
            if number:  # the first round is to warm up
                rounds[name].append(seconds)
    return rounds


def speed(rounds: dict[str, list[float]]) -> float:
    """Return the median of the rounds' ratios: the limit's time to ours."""
    return statistics.median(limit / ours for ours, limit in zip(rounds[OURS], rounds[LIMIT], strict=True))


def run() -> Report:
    if shutil.which("clamdscan") is None or shutil.which("curl") is None:
        sys.exit("clamdscan or curl is not installed (on Debian: apt install clamdscan curl)")
    rounds: dict[str, list[float]] = {}
    claims = []
    with rig() as parts:
        service = Verdicts(parts)
        file = parts.folder / "file.bin"
        for name, (size, count) in SIZES.items():
            taken = measured(service, file, size, count)
            rounds |= {f"{who}, {name}": each for who, each in taken.items()}
            claims.append(Claim(f"the speed of {LIMIT} --stream - with {name}", speed(taken), 1.0))
        peaks = {size: memory(service, file, length) for size, length in MEMORY_SIZES.items()}
    grown = max(peaks.values()) - peaks[SMALLEST]
    what = f"more in the scanning process at {LARGEST} than at {SMALLEST}"
    return Report(
        name="verdict",
        unit="seconds",
        medians=medians(rounds) | {f"memory at {size}, MiB": peak for size, peak in peaks.items()},
        rounds=rounds,
        claims=[*claims, Claim(what, grown, 32, at_most=True, unit=" MiB")],
    )


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


def main(arguments: Sequence[str]) -> None:
    """Print the figures of one size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args(arguments)
    with rig() as parts:
        taken = measured(Verdicts(parts), parts.folder / "file.bin", wanted.mib * MIB, wanted.rounds)
    for name, seconds in medians(taken).items():
        sys.stdout.write(f"{name:<28}{seconds:8.3f} s\n")
    sys.stdout.write(f"{speed(taken):.2f} times the speed of {LIMIT}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
