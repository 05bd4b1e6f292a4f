"""docs/scanners.md: its settings, policies and lines for c-icap work as they stand there."""

from __future__ import annotations

from pathlib import Path

from service.policy_file import read_policies
from service.settings import Settings
from tests.support.documents import block_of
from tests.support.service.environments import GOOD
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.icap import CIcap


def test_settings_and_policies_are_accepted(tmp_path: Path) -> None:
    file = tmp_path / "policies.toml"
    file.write_text(block_of("policies with scanners"))
    env = dict(line.split("=", 1) for line in block_of("settings of an ICAP server").splitlines())
    settings = Settings.from_env(GOOD | env | {"POLICIES": str(file)})
    assert (settings.has_clamd, settings.icap_url) == (True, "icap://scanner.example:1344/avscan")
    assert [rules["scanners"] for rules in read_policies(str(file)).values()] == [(), ("clamd", "icap"), ("icap",)]


def test_the_lines_of_c_icap_are_those_of_the_tests(tmp_path: Path) -> None:
    tested = CIcap(tmp_path, Clamd(tmp_path)).configuration().splitlines()
    assert set(block_of("c-icap's settings").splitlines()) <= set(tested)
