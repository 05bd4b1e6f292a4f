"""Measure the service's own processor time of each call and scan of a file of one part, next to an idle Flask view.

The application runs in a child process (`timed_calls`) without a server, and the worker in the same one: its processor
time is that of our code and its libraries alone, on a busy machine too. MariaDB, Redis and clamd are real, storage's
answers are canned.

    python -m tools.bench.service_cpu                      print the figures
    python -m tools.bench.service_cpu --against FOLDER     and those of another checkout, in turns
    python -m tools.bench.service_cpu --profile CALL       print where the time of a call goes
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from migrations.run import upgrade
from tools.bench.rig.measure import Claim, Report, medians
from tools.bench.rig.rig import UPLOAD_KEY
from tools.bench.timed_calls import BY_ONE_PUT
from tools.programs import ROOT, python_env, python_module
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import LOOPBACK, accepts, free_port
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.redis import Redis

TURNS = 3
"""Child processes, each with several rounds."""
IDLE = "idle view"
GOALS = {
    f"init{BY_ONE_PUT}": 3.0,
    f"complete{BY_ONE_PUT}": 6.0,
    f"status{BY_ONE_PUT}": 1.5,
    f"get{BY_ONE_PUT}": 1.5,
    f"scan{BY_ONE_PUT}": 12.0,
}
"""Milliseconds on the machine of docs/capacity.md."""


class CannedStorage(Part):
    """Storage with canned answers."""

    name = "canned-storage"

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.port = free_port()

    def commands(self) -> Sequence[Command]:
        argv = python_module("tools.bench.peers.canned_storage", str(self.port))
        return [Command(self.name, argv, python_env(), cwd=ROOT)]

    def is_ready(self) -> bool:
        return accepts(self.port)

    def describe(self) -> str:
        return "storage with canned answers"

    def env(self) -> dict[str, str]:
        key = {"S3_ACCESS_KEY": "service", "S3_SECRET_KEY": "never checked here"}
        return {"S3_ENDPOINT_URL": f"http://{LOOPBACK}:{self.port}", "S3_REGION": "us-east-1", **key}


@contextmanager
def parts() -> Iterator[dict[str, str]]:
    """Yield the environment of a service whose parts run inside the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="longshore-bench-")))
        env = {"SECRET_KEY": "only-for-this-bench", **UPLOAD_KEY}
        for part in (MariaDb(folder), Redis(folder), Clamd(folder), CannedStorage(folder)):
            part.start()
            stack.callback(part.stop)
            env |= part.env()
        upgrade(env["DATABASE_URL"])
        yield env


def timed_calls(env: Mapping[str, str], root: Path, profiled: str = "") -> str:
    """Return the output of `timed_calls` on the service of a checkout."""
    command = python_module("tools.bench.timed_calls", *filter(None, [profiled]))
    with tempfile.TemporaryDirectory(prefix="longshore-bench-") as folder, Path(folder, "log").open("w+") as log:
        whole = {**env, "PYTHONPATH": str(root), "PROMETHEUS_MULTIPROC_DIR": folder}
        child = subprocess.run(command, env=whole, cwd=root, check=False, stdout=subprocess.PIPE, stderr=log, text=True)
        if child.returncode:
            raise AssertionError(Path(folder, "log").read_text()[-2000:])
    return child.stdout


def measured(roots: Mapping[str, Path], turns: int = TURNS) -> dict[str, dict[str, list[float]]]:
    """Return each checkout's milliseconds of every call, round by round; the checkouts take turns."""
    rounds: dict[str, dict[str, list[float]]] = {name: {} for name in roots}
    with parts() as env:
        for _ in range(turns):
            for name, root in roots.items():
                for call, seconds in json.loads(timed_calls(env, root)).items():
                    rounds[name].setdefault(call, []).extend(each * 1e3 for each in seconds)
    return rounds


def run() -> Report:
    rounds = measured({"ours": ROOT})["ours"]
    figures = medians(rounds)
    claims = [Claim(f"for {call}", figures[call], goal, at_most=True, unit=" ms") for call, goal in GOALS.items()]
    return Report("service_cpu", "ms of processor time", figures, rounds, claims)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--profile", default="")
    wanted = parser.parse_args(arguments)
    if wanted.profile:
        with parts() as env:
            sys.stdout.write(timed_calls(env, ROOT, wanted.profile))
        return
    roots = {"ours": ROOT} | ({"theirs": wanted.against} if wanted.against else {})
    for name, rounds in measured(roots).items():
        figures = medians(rounds)
        for call, ms in figures.items():
            sys.stdout.write(f"{name:<8}{call:<28}{ms:8.3f} ms {ms / figures[IDLE]:8.2f} × an idle view\n")


if __name__ == "__main__":
    main(sys.argv[1:])
