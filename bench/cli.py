"""`longshore upload` and `download` of 1 GiB against boto3's `upload_file` and `download_file`, and their memory.

Each is a process of its own, from its start to its end, on the same storage; the file comes from the page cache. Ours
sends a SHA-256 of each part, which storage checks; boto3 sends no checksums here. There is no scanner: a worker that
writes `disabled` lets the file be downloaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.measure import Claim, Report, medians, take_turns
from bench.rig import Rig, rig
from bench.upload import GIB, write_random
from devstack.app import Worker
from devstack.redis import Redis
from devstack.tools import python_env, python_module

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
    """Commands that are run to their end, and the most memory that each kind of them held, in MiB."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = {**os.environ, **python_env(), **env}
        self.peaks: dict[str, float] = {}

    def run(self, name: str, command: list[str]) -> str:
        """What it printed. Raises AssertionError where it fails."""
        with subprocess.Popen(command, env=self._env, stdout=subprocess.PIPE, text=True) as process:
            printed = process.stdout.read() if process.stdout else ""
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise AssertionError(f"{name} ended with {process.returncode}")
        self.peaks[name] = max(self.peaks.get(name, 0.0), usage.ru_maxrss / 1024)
        return printed


class Longshore:
    """The command line, on a file."""

    def __init__(self, processes: Processes, file: Path) -> None:
        self._processes, self._file = processes, file

    def call(self, name: str, *words: str) -> str:
        return self._processes.run(name, python_module("longshore.main", *words))

    def upload(self) -> None:
        sent = json.loads(self.call("longshore upload", "upload", "--json", "--no-wait", str(self._file)))
        self.call("other", "delete", "--yes", sent["file"]["id"])

    def download(self, file_id: str, to: Path) -> Callable[[], None]:
        def fetch() -> None:
            to.unlink(missing_ok=True)
            self.call("longshore download", "download", file_id, "--quiet", "-o", str(to))

        return fetch


def run() -> Report:
    with rig() as parts:
        redis = parts.run(Redis(parts.folder))
        env = parts.settings(**redis.env())
        url = f"http://127.0.0.1:{parts.api(env).port}"
        parts.run(Worker(parts.folder, env))
        file, fetched = parts.folder / "cargo.bin", parts.folder / "fetched.bin"
        write_random(file, GIB)
        own = {"LONGSHORE_URL": url, "XDG_STATE_HOME": str(parts.folder), "XDG_CONFIG_HOME": str(parts.folder)}
        processes = Processes(own)
        ours = Longshore(processes, file)
        rounds = take_turns(
            {"longshore upload": ours.upload, "boto3 upload": _boto3(parts, processes, "upload", file)}, ROUNDS
        )
        file_id = ours.call("other", "upload", "--quiet", str(file)).strip()
        rounds |= take_turns(
            {
                "longshore download": ours.download(file_id, fetched),
                "boto3 download": _boto3(parts, processes, "download", fetched),
            },
            ROUNDS,
        )
    seconds = medians(rounds)
    peaks = {f"memory of {name}, MiB": peak for name, peak in processes.peaks.items() if name != "other"}
    own_peaks = [processes.peaks[f"longshore {action}"] for action in ("upload", "download")]
    return Report(
        name="cli",
        unit="seconds for 1 GiB",
        medians=seconds | peaks,
        rounds=rounds,
        claims=[
            Claim(
                "boto3 upload_file's time", seconds["longshore upload"] / seconds["boto3 upload"], 1.05, at_most=True
            ),
            Claim(
                "boto3 download_file's time",
                seconds["longshore download"] / seconds["boto3 download"],
                1.05,
                at_most=True,
            ),
            Claim("of memory at most", max(own_peaks), 64, at_most=True, unit=" MiB"),
        ],
    )


def _boto3(parts: Rig, processes: Processes, action: str, path: Path) -> Callable[[], None]:
    env = parts.storage.env()
    names = ("S3_ENDPOINT_URL", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    command = [sys.executable, "-c", BOTO3, *(env[name] for name in names), action, str(path)]

    def transfer() -> None:
        if action == "download":
            path.unlink(missing_ok=True)
        processes.run(f"boto3 {action}", command)

    return transfer
