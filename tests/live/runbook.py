"""The commands of docs/runbooks.md, read from the page and run as an operator runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from devstack.mariadb import USER, MariaDb
from devstack.ports import LOOPBACK
from devstack.tools import ROOT, python_env

PAGE = ROOT / "docs" / "runbooks.md"
COMMANDS = {
    "longshore": '-m longshore.main "$@"',
    "python3": '"$@"',
    "rclone": '-m tests.live.rclone "$@"',
}
"""What the page's commands are here: this Python."""


def steps() -> dict[str, str]:
    """The page's commands, by the name of their step."""
    found = re.findall(r"<!-- step: ([^\n]+) -->\n```sh\n(.+?)```\n", PAGE.read_text(), re.DOTALL)
    assert len(dict(found)) == len(found)
    return dict(found)


class Operator:
    """Somebody with a folder, who runs steps of the page in a service's environment."""

    def __init__(self, folder: Path, database: MariaDb) -> None:
        self.folder = folder
        self.done: list[str] = []
        tools = folder / "tools"
        tools.mkdir()
        for name, words in COMMANDS.items():
            (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}\n')
            (tools / name).chmod(0o700)
        secret = f"[client]\nhost={LOOPBACK}\nport={database.port}\nuser={USER}\npassword={database.password}\n"
        (folder / "database.cnf").write_text(secret)

    def run(self, step: str, env: Mapping[str, str], code: int = 0, **more: str) -> str:
        """Run a step, which has to end with this exit code; what it said on standard output."""
        self.done.append(step)
        return self.command(steps()[step], {**env, **more}, code)

    def command(self, command: str, env: Mapping[str, str], code: int = 0) -> str:
        """The same for a command."""
        path = os.pathsep.join((str(self.folder / "tools"), os.environ["PATH"]))
        database = env["DATABASE_URL"].rpartition("/")[2].partition("?")[0]
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            env={**os.environ, **python_env(), **env, "PATH": path, "DATABASE": database},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == code, f"{command}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout
