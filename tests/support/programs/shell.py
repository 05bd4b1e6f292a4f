"""A shell that runs commands of the documents in a separate folder."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.programs import python_env

PYTHON = sys.executable


def executing(*words: str) -> str:
    """Return sh code that becomes this command, with the arguments of the script."""
    return f'exec {shlex.join(words)} "$@"'


class Shell:
    """A user with a folder, a home, and programs on the PATH."""

    def __init__(
        self, folder: Path, programs: Mapping[str, str] | None = None, python: Sequence[str] = (PYTHON,)
    ) -> None:
        """programs: additional or replaced ones, as sh code by name. python: the command of the documents' Python."""
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.tools = folder / "programs"
        self.tools.mkdir()
        ours = {"longshore": executing(*python, "-m", "longshore.main")}
        ours |= dict.fromkeys(("python", "python3"), executing(*python))
        for name, does in {**ours, **(programs or {})}.items():
            (self.tools / name).write_text(f"#!/bin/sh\n{does}\n")
            (self.tools / name).chmod(0o700)

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return this machine's environment with `env`, our programs first on the PATH, and another home."""
        path = os.pathsep.join((str(self.tools), os.environ["PATH"]))
        return {**os.environ, **python_env(), "HOME": str(self.home), "PATH": path, **env}

    def run(self, commands: str, env: Mapping[str, str], code: int = 0, said_to_it: str = "") -> str:
        """Return the standard output of commands.

        Raises AssertionError with all output if their exit code is not `code`.
        """
        ran = subprocess.run(
            ["bash", "-euc", commands],
            env=self.environment(env),
            cwd=self.folder,
            input=said_to_it,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == code, f"{commands}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout
