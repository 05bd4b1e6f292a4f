"""`longshore` as a process against a running service."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from longshore.cli.exits import DONE
from tests.support.live.client import Client as PlainClient
from tests.support.live.eventually import eventually
from tests.support.programs.commands import run_module
from tests.support.programs.processes import running as process
from tools.programs import ROOT, python_env, python_module


class CommandLine:
    """`longshore` as a process, with folders of its own. at_end: what ends what is left of it."""

    def __init__(self, url: str, folder: Path, at_end: ExitStack) -> None:
        self.at_end = at_end
        home = {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
        self.env = {**os.environ, **python_env(), **home, "LONGSHORE_URL": url}
        self.journal = folder / "state" / "longshore" / "uploads"

    def start(self, *words: str, stdin: Any = None) -> subprocess.Popen[str]:
        command = python_module("longshore.main", *words)
        pipe = subprocess.PIPE
        options = {"cwd": ROOT, "env": self.env, "stdin": stdin, "stdout": pipe, "stderr": pipe, "text": True}
        return self.at_end.enter_context(process(command, **options))

    def run(self, *words: str, code: int = DONE) -> str:
        """Wait for its end with this exit code, and return its output."""
        ended = run_module("longshore.main", *words, env=self.env)
        assert ended.returncode == code, ended.stderr
        return ended.stdout

    def under_way(self, client: PlainClient) -> dict[str, Any]:
        """The journal's entry of the only upload, once storage has some of its parts."""
        path = eventually(lambda: next(self.journal.glob("*.json"), None))
        entry: dict[str, Any] = json.loads(path.read_text())
        eventually(lambda: client.status(entry["file_id"])["uploaded_chunks"] > 1)
        return entry
