"""What docs/cli.md and docs/python.md show works as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.tools import ROOT, python_env
from longshore import Client
from tests.live.client import random_bytes
from tests.live.stack import Stack

BLOCK = re.compile(r"<!-- run -->\n```(\w+)\n(.*?)```\n<!-- end -->", re.DOTALL)


def blocks(name: str) -> list[tuple[str, str]]:
    """(language, text) of the parts of a manual that are run."""
    return BLOCK.findall((ROOT / "docs" / name).read_text())


@pytest.fixture
def env(one_stack: Stack, tmp_path: Path) -> dict[str, str]:
    """A folder with two files, `longshore` on the PATH, and a file of the service's in FILE_ID."""
    for name in ("cargo.bin", "photo.jpg"):
        (tmp_path / name).write_bytes(random_bytes(100_000))
    program = tmp_path / "bin" / "longshore"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m longshore.main "$@"\n')
    program.chmod(0o700)
    with Client(one_stack.client.url) as client:
        file = client.upload(tmp_path / "cargo.bin")
    home = {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return {
        **os.environ,
        **python_env(),
        **home,
        "LONGSHORE_URL": one_stack.client.url,
        "PATH": path,
        "FILE_ID": file.id,
    }


@pytest.mark.parametrize(("name", "interpreter"), [("cli.md", ["bash", "-exc"]), ("python.md", [sys.executable, "-c"])])
def test_what_the_manual_shows_works(env: dict[str, str], tmp_path: Path, name: str, interpreter: list[str]) -> None:
    shown = blocks(name)
    assert len(shown) > 1
    text = "\n".join(text for _, text in shown)
    done = subprocess.run([*interpreter, text], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
