"""Measure files per second from init to `clean` with many clients, against the same storage and clamd alone.

After complete, a client waits as our own clients do between two looks at the status.

The limit is what the machine does without a service: boto3's `put_object`, then `clamdscan --stream` of the same bytes.

    python -m tools.bench.load --seconds 30 --rounds 3     shorter and fewer rounds
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select

from longshore.client.verdict import FIRST_WAIT, GROWTH, LONGEST_WAIT
from service.db.models import File
from service.db.session import Database
from service.settings import Settings
from service.storage.client import make_client
from service.values.states import UNJUDGED, Stage
from tools.api_calls import Caller, RefusedError, completion
from tools.bench.rig.measure import Claim, Report, medians
from tools.bench.rig.part_costs import forked_mib, processor_seconds
from tools.bench.rig.rig import Rig, rig
from tools.stack.processes.part import Part
from tools.stack.servers.app import Api, Worker, run_prepare
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.redis import Redis
from tools.stack.stores.ceph import Ceph
from tools.stack.try_storage import try_storage

CLIENTS = 50
SENDERS = 8
"""Threads of the limit: more are no faster on two cores."""
SECONDS = 60.0
"""Of a round."""
ROUNDS = 5
SIZES = {"20 kB": 20_000, "2 MB": 2_000_000}
END_LOOKS = 1.0
"""Seconds between two looks whether the last scans are done, after a round."""
GOAL = 0.5
MEMORY = {"service": 70.0, "worker": 60.0}
"""MiB of one process, at most."""
MEMORY_GROWTH = 1.05
STORES = ("Swift", "Ceph")
UNTIL_CLEAN = "from init to clean"
OURS, LIMIT = "longshore", "the limit"


@dataclass
class Round:
    """The work of clients until the end of a round.

    clean: seconds of each file until it was clean; latencies: seconds of each call, by endpoint; used: seconds of
    processor time of each part, until the last scan.
    """

    ends: float
    used: dict[str, float] = field(default_factory=dict)
    clean: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def timed(self, endpoint: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.latencies[endpoint].append(time.perf_counter() - start)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends


class Client:
    """Upload small files one after another, each until it is clean."""

    def __init__(self, api_url: str, size: int) -> None:
        self._api = Caller(api_url)
        self._size = size

    def run(self, now: Round) -> None:
        """Work until the round is over."""
        while not now.is_over:
            try:
                self._one_file(now)
            except RefusedError as error:
                now.errors.append(str(error))

    def _one_file(self, now: Round) -> None:
        """Upload a file and wait until it is clean, or the round is over. Raises RefusedError."""
        body, began = os.urandom(self._size), time.monotonic()
        opened = self._data(now, "init", "POST", "/upload/init/", {"filename": "load.bin", "size": self._size})
        with now.timed("PUT to storage"):
            if not self._api.put(opened["chunks"][0], body):
                raise RefusedError("storage refused a chunk")
        wish = completion(opened["upload_id"], "load.bin", self._size, 1)
        file = self._data(now, "complete", "POST", "/upload/complete/", wish)
        wait = FIRST_WAIT
        while True:
            time.sleep(wait)
            wait = min(wait * GROWTH, LONGEST_WAIT)
            if now.is_over:
                return
            stage = self._data(now, "status", "GET", f"/status/{file['id']}")["stage"]
            if stage == Stage.READY:
                now.clean.append(time.monotonic() - began)
                return
            if stage not in {Stage.QUEUED, Stage.SCANNING}:
                raise RefusedError(f"the stage is {stage}")

    def _data(self, now: Round, endpoint: str, *call: Any) -> Any:
        with now.timed(endpoint):
            return self._api.data(*call)


class Service:
    """The service as `./dev up` runs it: two API processes and two that scan. others: the parts that it works with."""

    def __init__(self, parts: Rig, env: dict[str, str], others: Mapping[str, Part]) -> None:
        run_prepare(env, parts.folder)
        try_storage(env)
        self.api = parts.run(Api(parts.folder, env))
        self.worker = parts.run(Worker(parts.folder, env | {"SCAN_WORKERS": "2"}))
        self._parts = {"service": self.api, "worker": self.worker, **others}
        self._db = Database(env["DATABASE_URL"])

    def round(self, size: int, seconds: float) -> Round:
        """Let CLIENTS upload files of `size` bytes; returns after the last scan, so that the next round has none."""
        before = self._used()
        now = Round(ends=time.monotonic() + seconds)
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda _: Client(self.api.url, size).run(now), range(CLIENTS)))
        while self._waiting():
            time.sleep(END_LOOKS)
        now.used = {part: seconds - before[part] for part, seconds in self._used().items()}
        return now

    def memory(self) -> dict[str, float]:
        """Return the mean memory (PSS) of one process of each of our parts, in MiB."""
        return {"service": forked_mib(self.api), "worker": forked_mib(self.worker)}

    def _used(self) -> dict[str, float]:
        return {**processor_seconds(self._parts), "clients": time.process_time()}

    def _waiting(self) -> int:
        with self._db.read() as session:
            query = select(func.count()).where(File.virus_scan_status.in_(UNJUDGED))
            return session.scalar(query) or 0


class Limit:
    """Storage and clamd without a service."""

    def __init__(self, env: dict[str, str], clamd: Clamd, folder: Path) -> None:
        settings = Settings.from_env(env)
        self._bucket = settings.s3_private_bucket
        self._s3 = make_client(settings, settings.s3_endpoint_url)
        self._clamdscan = ["clamdscan", "--stream", "--no-summary", "-c", str(clamd.folder / "clamd.conf")]
        self._folder = folder

    def round(self, size: int, seconds: float) -> Round:
        """Let SENDERS store and scan files of `size` bytes."""
        now = Round(ends=time.monotonic() + seconds)
        with ThreadPoolExecutor(SENDERS) as senders:
            list(senders.map(partial(self._send, now, size), range(SENDERS)))
        return now

    def clear(self) -> None:
        """Delete all objects of both contestants, so that storage has room for the next round."""
        with ThreadPoolExecutor(SENDERS) as senders:
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
                list(senders.map(self._delete, [found["Key"] for found in page.get("Contents", [])]))

    def _delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=key)

    def _send(self, now: Round, size: int, number: int) -> None:
        file = self._folder / f"limit-{number}.bin"
        while not now.is_over:
            body, began = os.urandom(size), time.monotonic()
            file.write_bytes(body)
            self._s3.put_object(Bucket=self._bucket, Key=f"limit/{uuid4()}", Body=body)
            subprocess.run([*self._clamdscan, str(file)], check=True, stdout=subprocess.DEVNULL)
            now.clean.append(time.monotonic() - began)


@dataclass
class Contest:
    """Rounds on one storage. ours, limit: by size; memory: MiB of one process of a part, over time."""

    ours: dict[str, list[Round]] = field(default_factory=dict)
    limit: dict[str, list[Round]] = field(default_factory=dict)
    memory: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def run() -> Report:
    return report(SECONDS, ROUNDS)


def report(seconds: float, count: int) -> Report:
    """Return the figures of `count` rounds of `seconds`."""
    if shutil.which("clamdscan") is None:
        sys.exit("clamdscan is not installed (on Debian: apt install clamdscan)")
    rounds: dict[str, list[float]] = {}
    claims, notes = [], []
    for store in STORES:
        contest = measured(store, seconds, count)
        for size in SIZES:
            names = [f"{who}, {size}, {store}" for who in (OURS, LIMIT)]
            for name, made in zip(names, (contest.ours[size], contest.limit[size]), strict=True):
                rounds[name] = [len(each.clean) / seconds for each in made]
            middle = medians({name: rounds[name] for name in names})
            what = f"of the limit with files of {size} on {store}"
            claims.append(Claim(what, middle[names[0]] / middle[names[1]], GOAL))
            notes += described(f"{size}, {store}", contest.ours[size])
        claims += claims_of_memory(contest.memory, store)
    return Report("load", "files per second until they are clean", medians(rounds), rounds, claims, notes)


def measured(store: str, seconds: float, count: int) -> Contest:
    """Return the rounds of the service and of the limit; they take turns, and a first round of each size warms up."""
    contest = Contest()
    with running(store) as (service, limit):
        for name, size in SIZES.items():
            ours, theirs = [], []
            for _ in range(count + 1):
                ours.append(service.round(size, seconds))
                theirs.append(limit.round(size, seconds))
                limit.clear()
                rates = [len(each[-1].clean) / seconds for each in (ours, theirs)]
                sys.stderr.write(f"{store}, {name}: {rates[0]:.1f} files per second, the limit {rates[1]:.1f}\n")
                for part, mib in service.memory().items():
                    contest.memory[part].append(mib)
            contest.ours[name], contest.limit[name] = ours[1:], theirs[1:]
    return contest


@contextmanager
def running(store: str) -> Iterator[tuple[Service, Limit]]:
    """Yield the service and the limit on one of STORES; their parts run inside the block."""
    with rig() as parts:
        database, redis = parts.run(MariaDb(parts.folder)), parts.run(Redis(parts.folder))
        clamd = parts.run(Clamd(parts.folder))
        storage = parts.storage if store == "Swift" else parts.run(Ceph(parts.folder))
        env = parts.settings(**database.env(), **redis.env(), **clamd.env(), **storage.env())
        service = Service(parts, env, {"database": database, "redis": redis, "storage": storage, "clamd": clamd})
        yield service, Limit(env, clamd, parts.folder)


def claims_of_memory(memory: Mapping[str, list[float]], store: str) -> list[Claim]:
    """Return the claims about each part's memory after all rounds, and its growth since the first."""
    claims = []
    for part, sizes in memory.items():
        what = f"in each process of the {part} after all rounds on {store}"
        claims.append(Claim(what, sizes[-1], MEMORY[part], at_most=True, unit=" MiB"))
        claims.append(
            Claim(
                f"the {part}'s memory after the first round on {store}",
                sizes[-1] / sizes[0],
                MEMORY_GROWTH,
                at_most=True,
            )
        )
    return claims


def described(what: str, rounds: list[Round]) -> list[str]:
    """Return lines with the times of each endpoint, the processor time of each part for a file, and the errors."""
    lines = []
    for step in (*rounds[0].latencies, UNTIL_CLEAN):
        taken = sorted(1e3 * one for each in rounds for one in (each.latencies | {UNTIL_CLEAN: each.clean})[step])
        if taken:
            p50, p99 = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
            lines.append(f"{what}: {step}: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    of_a_file = {
        part: median(1e3 * each.used[part] / len(each.latencies["complete"]) for each in rounds)
        for part in rounds[0].used
    }
    lines.append(f"{what}: processor ms of a file: " + ", ".join(f"{part} {ms:.1f}" for part, ms in of_a_file.items()))
    errors = [error for each in rounds for error in each.errors]
    lines.append(f"{what}: {len(errors)} errors{': ' + errors[0] if errors else ''}")
    return lines


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    wanted = parser.parse_args(arguments)
    found = report(wanted.seconds, wanted.rounds)
    sys.stdout.write(json.dumps(found.as_json(), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
