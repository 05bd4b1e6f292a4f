"""A shell's programs from the warm process do what a new Python does."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.programs.shell import PYTHON, Shell
from tests.support.programs.warm_commands import python_command

COMMANDS = {
    "words and status": "longshore verify 'no such file'",
    "environment": "LONGSHORE_URL=https://uploads.example longshore config --json",
    "folder": "mkdir here; echo {} >here/receipt; cd here; longshore verify receipt ../here/receipt",
    "input and a pipe": "echo {} | longshore verify - nothing 2>&1 | cat",
    "output and errors in files": "longshore --help >out 2>err; longshore nonsense >>out 2>>err || cat out err",
    "a reader that ends": "longshore --help | head -n 1",
    "a setting of Python": "PYTHONDEVMODE=1 longshore --help",
    "not a module": "python3 -c 'import sys; print(sys.argv); sys.exit(4)' word",
    "a program as input": "echo 'print(6)' | python3",
    "a module of another": "python3 -m json.tool --help",
}


def ended(folder: Path, python: Sequence[str], commands: str) -> tuple[int, str, str]:
    folder.mkdir()
    shell = Shell(folder, python=python)
    ran = subprocess.run(
        ["bash", "-uc", commands],
        env=shell.environment({}),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, *(text.replace(str(folder), "FOLDER") for text in (ran.stdout, ran.stderr))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_warm_program_has_the_same_output_and_status(tmp_path: Path, name: str) -> None:
    usual = ended(tmp_path / "usual", (PYTHON,), COMMANDS[name])
    assert len(python_command()) > 1
    assert ended(tmp_path / "warm", python_command(), COMMANDS[name]) == usual
    assert any(usual)
