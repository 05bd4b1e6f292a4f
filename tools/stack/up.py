"""`./dev up [--port N] [--data DIR]`: run everything on this machine until Ctrl-C."""

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from tools.checks.web import WebError, build
from tools.programs import ROOT
from tools.stack.embedded import Stack, choose, dashboards
from tools.stack.environment import handed_over
from tools.stack.examples import DOCS_OFFSET
from tools.stack.processes.lock_file import only_one
from tools.stack.processes.part import PartError, last_words
from tools.stack.processes.supervisor import Supervisor, taken_ports
from tools.stack.servers.app import Api, AppPart, Cron, Worker, run_prepare
from tools.stack.servers.clamd import Clamd

DEFAULT_PORT = 8000
LAST_PORT = 65_535 - DOCS_OFFSET
PREPARED = ("CORS_ORIGINS", "S3_PRIVATE_BUCKET", "S3_PUBLIC_BUCKET")
"""The settings of what `jobs.prepare` makes in storage; the API's readiness is about the rest."""
ORDER = ("redis", "s3", "clamd", "database", "login")


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Parse the command line: `port` and `data`."""
    parser = argparse.ArgumentParser(
        prog="./dev up", description="Run the service and its dependencies on this machine."
    )
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="port of the page; the other parts use the following ports"
    )
    parser.add_argument("--data", type=Path, default=ROOT / ".data", help="folder for all data (default: .data)")
    parsed = parser.parse_args(words)
    if not 1 <= parsed.port <= LAST_PORT:
        parser.error(f"--port must be between 1 and {LAST_PORT}")
    return parsed


def say(line: str) -> None:
    """Print a line immediately."""
    print(line, flush=True)


def run(port: int, data: Path) -> int:
    """Run until a signal (0) or until a part crashes (1)."""
    build()
    with only_one(data):
        stack = choose(data, port, os.environ)
        api = Api(data, stack.settings, port)
        looks = dashboards(stack, data, port, os.environ)
        conflicts = taken_ports([api, *looks, *stack.parts])
        if conflicts:
            raise PartError("\n".join([*conflicts, "Stop that program, or choose other ports with --port."]))
        supervisor = Supervisor(say)
        try:
            later = [Worker(data, stack.settings), Cron(data, stack.settings), *looks]
            start(supervisor, stack, api, later, data)
            with handed_over(data, {**stack.settings, "LONGSHORE_URL": api.url}, os.environ):
                say(f"\nLongshore is at {api.url}   (Ctrl-C stops it; data and logs are in {data})")
                # they are ready before anyone has opened the page and sent a file
                supervisor.start(later)
                crashed = supervisor.watch()
            say(f"\n{last_words(crashed)}\n\nStopping the other parts.")
            return 1
        finally:
            _ignore_signals()
            supervisor.stop()


def start(supervisor: Supervisor, stack: Stack, api: Api, later: Sequence[AppPart], data: Path) -> None:
    """Start what the page needs, and print a line for each part; later: those that start after it."""
    for name in ORDER:
        say(f"{name:9} {stack.lines[name]}")
    for part in (api, *later):
        say(f"{part.name:9} {part.describe()}")
    loading = [part for part in stack.parts if isinstance(part, Clamd) and part.system_signatures]
    supervisor.spawn(stack.parts, [api])
    supervisor.wait(stack.parts, not_waited_for=loading)
    # the first time it takes as long as the API's start, which continues meanwhile
    prepare(stack.settings, api, data)
    supervisor.wait([api])


def prepare(settings: Mapping[str, str], api: Api, data: Path) -> None:
    """Prepare database and storage, unless the last start did so with these settings and the API finds them ready."""
    done = data / "prepared"
    wanted = "".join(f"{name}={settings.get(name, '')}\n" for name in PREPARED)
    if done.exists() and done.read_text() == wanted:
        api.wait_ready()
        if api.finds_all_ready():
            return
    run_prepare(settings, data / "logs")
    done.write_text(wanted)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def main(words: Sequence[str]) -> int:
    """Return the exit code."""
    chosen = arguments(words)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return run(chosen.port, chosen.data.absolute())
    except KeyboardInterrupt:
        return 0
    except (PartError, WebError) as error:
        print(f"./dev up: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
