"""Run our commands to their end, from the warm process where that can start them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.programs import ROOT, python_env, python_module
from tools.stack.processes.warm import WarmProcess, can_run


def run_module(module: str, *words: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Return the end of `python -m MODULE WORDS`, with its output. env: its environment besides Python's."""
    argv, env = python_module(module, *words), {**python_env(), **env}
    if not can_run(argv, env):
        return subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        code = WarmProcess(argv, env, ROOT, out, err).wait()
        return subprocess.CompletedProcess(argv, code, out.read_text(), err.read_text())
