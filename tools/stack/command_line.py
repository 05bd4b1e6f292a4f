"""`./dev longshore [--data DIR] COMMAND…`: the command line with the settings of a running `./dev up`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.programs import ROOT, python_env, python_module
from tools.stack.environment import environment_of
from tools.stack.processes.part import PartError


def main(words: Sequence[str]) -> int:
    """Replace this process with the command; return the exit code if no `./dev up` is running."""
    parser = argparse.ArgumentParser(prog="./dev longshore", add_help=False)
    parser.add_argument("--data", type=Path, default=ROOT / ".data")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    chosen, options = parser.parse_known_args(words)
    help_wanted = {"-h", "--help"} & set(words)
    try:
        environment = {} if help_wanted else environment_of(chosen.data.absolute())
    except PartError as error:
        print(f"./dev longshore: {error}", file=sys.stderr)
        return 1
    environment = {**os.environ, **python_env(), **environment}
    command = python_module("longshore.main", *options, *chosen.command)
    return os.execve(command[0], command, environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
