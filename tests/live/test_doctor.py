"""`longshore doctor` on a real deployment: nothing fails where all is well, and what only a real server can break."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

from devstack.mariadb import MariaDb
from devstack.tools import ROOT
from longshore.doctor import database
from longshore.doctor.finding import FAIL, OK, Ground, http
from service.db.session import Database
from service.deps import build_deps
from tests.live.stack import Stack, new_database


def examined(stack: Stack, **changes: str) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code, and the findings by group and check."""
    env = {"PATH": os.environ["PATH"], **stack.env, "SECRET_KEY": "a8b7c6d5e4f30918", **changes}
    command = [sys.executable, "-m", "longshore.doctor", "--json"]
    ran = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.returncode, {f"{each['group']}: {each['check']}": each for each in json.loads(ran.stdout)}


def test_a_deployment_that_is_well(stack: Stack) -> None:
    code, found = examined(stack)
    # the tests' clamd has signatures of its own, without a date
    assert [name for name, each in found.items() if each["status"] in {FAIL, "skipped"}] == []
    assert code == 0
    for name in ("upload: whole upload", "upload: length", "upload: paging", "storage: private is private"):
        assert found[name]["status"] == OK, found[name]


def test_a_part_that_is_down(one_stack: Stack) -> None:
    code, found = examined(one_stack, REDIS_URL="redis://127.0.0.1:9/0")
    assert (code, found["redis: reachable"]["status"], found["redis: eviction"]["status"]) == (1, FAIL, "skipped")
    assert found["upload: whole upload"]["status"] == OK


def test_the_databases_character_set_and_isolation(one_stack: Stack, mariadb_server: MariaDb) -> None:
    deps = build_deps(one_stack.settings)
    latin = replace(deps, db=Database(new_database(mariadb_server, "doctor", "latin1")))
    assert database.charset(Ground(deps, None, http)).status == OK
    assert database.charset(Ground(latin, None, http)).status == FAIL
    assert database.isolation(Ground(deps, None, http)).status == OK
    latin.db.engine = latin.db.engine.execution_options(isolation_level="REPEATABLE READ")
    assert database.isolation(Ground(latin, None, http)).status == FAIL
    for each in (deps, latin):
        each.db.engine.dispose()
