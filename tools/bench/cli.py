"""Measure `longshore upload` and `download` of 1 GiB against boto3's functions, and their memory.

Each is a separate process, from its start to its end, on the same storage; the file comes from the page cache. Ours
sends a SHA-256 of each part, which storage checks; boto3 sends no checksums here. There is no scanner: the worker
records `disabled`, so that the file can be downloaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from longshore import Client
from tools.bench.rig.measure import Claim, Report, medians
from tools.bench.rig.rig import Rig, rig
from tools.bench.upload import GIB, write_random
from tools.programs import python_env, python_module
from tools.stack.servers.app import Worker
from tools.stack.servers.redis import Redis

ROUNDS = 5
BOTO3 = """
import sys, boto3
from botocore.config import Config
url, region, access, secret, action, path = sys.argv[1:]
client = boto3.client("s3", endpoint_url=url, region_name=region,
    aws_access_key_id=access, aws_secret_access_key=secret,
    config=Config(request_checksum_calculation="when_required", response_checksum_validation="when_required"))
if action == "upload":
    client.upload_file(path, "longshore-private", "by-boto3")
else:
    client.download_file("longshore-private", "by-boto3", path)
"""


class Processes:
    """Commands that are run to their end.

    peaks: the peak memory of each kind of command, in MiB; rounds: the seconds that each took.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = {**os.environ, **python_env(), **env}
        self.peaks: dict[str, float] = {}
        self.rounds: dict[str, list[float]] = {}

    def run(self, name: str, command: list[str]) -> str:
        """Run a command and return its output. Raises AssertionError if it fails."""
        start = time.perf_counter()
        with subprocess.Popen(command, env=self._env, stdout=subprocess.PIPE, text=True) as process:
            printed = process.stdout.read() if process.stdout else ""
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise AssertionError(f"{name} ended with {process.returncode}")
        self.rounds.setdefault(name, []).append(time.perf_counter() - start)
        self.peaks[name] = max(self.peaks.get(name, 0.0), usage.ru_maxrss / 1024)
        return printed


def run() -> Report:
    with rig() as parts:
        redis = parts.run(Redis(parts.folder))
        env = parts.settings(**redis.env())
        url = f"http://127.0.0.1:{parts.api(env).port}"
        parts.run(Worker(parts.folder, env))
        file, fetched = parts.folder / "large.bin", parts.folder / "fetched.bin"
        write_random(file, GIB)
        own = {"LONGSHORE_URL": url, "XDG_STATE_HOME": str(parts.folder), "XDG_CONFIG_HOME": str(parts.folder)}
        processes = Processes(own)
        with Client(url) as client:
            for _ in range(ROUNDS + 1):
                upload(processes, client, boto3_command(parts, "upload", file), file)
            file_id = client.upload(file).id
        for _ in range(ROUNDS + 1):
            download(processes, file_id, boto3_command(parts, "download", fetched), fetched)
    # the first round is to warm up
    rounds = {name: taken[1:] for name, taken in processes.rounds.items()}
    seconds = medians(rounds)
    peaks = {f"memory of {name}, MiB": peak for name, peak in processes.peaks.items()}
    own_peaks = [processes.peaks[f"longshore {action}"] for action in ("upload", "download")]
    return Report(
        name="cli",
        unit="seconds for 1 GiB",
        medians=seconds | peaks,
        rounds=rounds,
        claims=[
            _claim(seconds, "upload", "boto3 upload_file's time"),
            _claim(seconds, "download", "boto3 download_file's time"),
            Claim("of memory at most", max(own_peaks), 64, at_most=True, unit=" MiB"),
        ],
    )


def upload(processes: Processes, client: Client, boto3: list[str], file: Path) -> None:
    """Run one round of both uploads; the files are deleted outside of the measured time."""
    command = python_module("longshore.main", "upload", "--json", "--no-wait", str(file))
    client.delete(json.loads(processes.run("longshore upload", command))["file"]["id"])
    processes.run("boto3 upload", boto3)


def download(processes: Processes, file_id: str, boto3: list[str], to: Path) -> None:
    """Run one round of both downloads."""
    command = python_module("longshore.main", "download", file_id, "--quiet", "-o", str(to))
    for name, words in {"longshore download": command, "boto3 download": boto3}.items():
        to.unlink(missing_ok=True)
        processes.run(name, words)


def boto3_command(parts: Rig, action: str, path: Path) -> list[str]:
    env = parts.storage.env()
    names = ("S3_ENDPOINT_URL", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    return [sys.executable, "-c", BOTO3, *(env[name] for name in names), action, str(path)]


def _claim(seconds: Mapping[str, float], action: str, what: str) -> Claim:
    return Claim(what, seconds[f"longshore {action}"] / seconds[f"boto3 {action}"], 1.05, at_most=True)
