"""`longshore doctor` on a real deployment: a healthy one passes. Broken deployments: tests/doctor."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import ClientError

from service.admin.doctor.command import MARKS
from service.admin.doctor.finding import FAIL, OK, SKIPPED, WARN
from tests.support.documents import block_of
from tests.support.live.stack import Stack
from tests.support.live.store_gaps import GAPS
from tests.support.programs.commands import run_module
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command

WARNED = {
    "settings: metrics",
    "scanner: signatures",
    "storage: lifecycle",
    "storage: service key",
    "storage: upload key",
    "upload: checksums",
    "upload: CORS: foreign pages",
}
"""Findings about the tests' stack or its store: Ceph 16 checks no checksums, the Swift lets in all pages.

Each store has one key here, which may make buckets."""

OPEN = {f"public storage: {check}" for check in ("private is private", "public is not listed", "writing")}
"""Findings in a store that takes a request without a signature for its administrator's."""


ADMINISTRATOR = {"minio": {"storage: service key"}}
"""Stores whose one key here is root's."""

QUICK = ("--group=settings", "--group=public API")
"""A warning and a group that only a public URL examines. All groups: `test_a_healthy_deployment_passes`."""


def buckets_of_others(stack: Stack) -> set[str]:
    """Buckets that a test has created with the same key; none if it may not list them."""
    found: set[str] = set()
    with suppress(ClientError):
        found = {bucket["Name"] for bucket in stack.s3.list_buckets()["Buckets"]}
    return found - {stack.settings.s3_private_bucket, stack.settings.s3_public_bucket}


def examined_environment(stack: Stack) -> dict[str, str]:
    """A deployment's, with a key that is a secret."""
    return {**stack.env, "SECRET_KEY": "a8b7c6d5e4f30918"}


def examined(stack: Stack, *options: str, **changes: str) -> tuple[int, dict[str, str]]:
    """The exit code, and the states by group and check."""
    env = {"PATH": os.environ["PATH"], **examined_environment(stack), **changes}
    ran = run_module("service.admin.doctor", "--json", *options, env=env)
    return ran.returncode, {f"{each['group']}: {each['check']}": each["status"] for each in json.loads(ran.stdout)}


def test_a_healthy_deployment_passes(stack: Stack) -> None:
    stack.wait_sweeps(2)  # by then the first one has reported its counts
    # the worker has registered again since a test deleted the data of Redis
    stack.client.wait_ready(stack.client.upload(b"is anybody there?")["id"])
    code, found = examined(stack)
    failing = (OPEN if "no query" in GAPS[stack.store] else set()) | ADMINISTRATOR.get(stack.store, set())
    if buckets_of_others(stack):
        failing |= {"storage: service key"}
    bad = {name for name, status in found.items() if status in {WARN, FAIL}}
    assert (code, bad - WARNED) == (1 if failing else 0, failing - WARNED)
    skipped = {name for name, status in found.items() if status == "skipped"}
    assert skipped == {name for name in found if name.startswith("public API: ")}


def test_strict_fails_on_warnings(one_stack: Stack) -> None:
    code, found = examined(one_stack, "--strict", *QUICK, LONGSHORE_URL=one_stack.api.url)
    assert (code, found["settings: metrics"], found["public API: health"]) == (1, WARN, OK)


def test_a_dependency_that_is_down_fails(one_stack: Stack, tmp_path: Path) -> None:
    """Redis is down; the commands are the manual's for storage."""
    env = examined_environment(one_stack) | {"REDIS_URL": "redis://127.0.0.1:9/0"}
    lines = Shell(tmp_path, python=python_command()).run(block_of("buckets and the doctor"), env, code=1).splitlines()
    found = {line[6:].split("  ")[0]: line[:4] for line in lines}
    assert (found["redis: reachable"], found["redis: eviction"]) == (MARKS[FAIL], MARKS[SKIPPED])
    assert found["upload: whole upload"] == MARKS[OK]
