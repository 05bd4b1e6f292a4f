"""docs/replace.md on the real stack: the command of the page."""

from __future__ import annotations

from pathlib import Path

from tests.support.documents import block_of
from tests.support.live.client import FILE
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command


def test_the_command_of_the_manual_replaces_a_file(one_stack: Stack, tmp_path: Path) -> None:
    client = one_stack.client
    old = client.ready(b"the first edition")["id"]
    (tmp_path / "report.pdf").write_bytes(b"the second edition")
    env = {"LONGSHORE_URL": client.url, "FILE_ID": old}
    output = Shell(tmp_path, {}, python_command()).run(block_of("a replacement"), env)
    new = output.split()[0]
    eventually(lambda: client.request("GET", f"{FILE}/get/{old}").status_code, lambda status: status == 404)
    assert client.download(client.wait_ready(new)).content == b"the second edition"
