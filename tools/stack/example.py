"""`./dev example NAME [--data DIR] [--port N]`: run an application of examples/ next to a running `./dev up`."""

import argparse
import secrets
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from service.deps import build_deps
from service.domain.accounts.keys import create_key, revoke_key
from service.settings import Settings
from service.values.access.caller import Scope
from tools.checks.web import WebError, build_package
from tools.programs import ROOT
from tools.stack.environment import environment_of
from tools.stack.examples import EXAMPLES, origin_of
from tools.stack.processes.part import PartError, last_words
from tools.stack.processes.supervisor import Supervisor, taken_ports

SCOPES = (Scope.GRANT, Scope.READ)
"""An application gives grants to browsers and reads the files; it uploads and deletes none itself."""
KEY_LIFETIME = timedelta(days=1)
"""Of a key that could not be revoked, because this process was killed."""


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Parse the command line: `name`, `data` and `port`."""
    parser = argparse.ArgumentParser(prog="./dev example", description="Run an application next to `./dev up`.")
    parser.add_argument("name", choices=EXAMPLES, help="folder in examples/")
    parser.add_argument("--data", type=Path, default=ROOT / ".data", help="folder of the running ./dev up")
    parser.add_argument("--port", type=int, help="port of the application (default: the one that ./dev up allows)")
    return parser.parse_args(words)


def allowed_port(name: str, wanted: int | None, environment: Mapping[str, str]) -> int:
    """Return the port of an example. Raises PartError if the service allows no page there to upload."""
    up = urlsplit(environment["LONGSHORE_URL"]).port or 0
    port = wanted or up + EXAMPLES[name].offset
    origin, allowed = origin_of(port), environment["CORS_ORIGINS"]
    if not {origin, "*"} & {each.strip().rstrip("/") for each in allowed.split(",")}:
        command = f"CORS_ORIGINS={allowed},{origin} ./dev up"
        raise PartError(f"the service allows no uploads from {origin}. Start it with:\n{command}")
    return port


@contextmanager
def key_for(subject: str, environment: Mapping[str, str]) -> Iterator[str]:
    """Return an API key for an application, which is revoked at the end."""
    deps = build_deps(Settings.from_env(environment))
    try:
        key, view = create_key(deps, subject, subject, SCOPES, datetime.now(UTC) + KEY_LIFETIME)
        try:
            yield key
        finally:
            revoke_key(deps, view.prefix)
    finally:
        deps.disconnect()


def run(name: str, data: Path, wanted_port: int | None) -> int:
    """Run an example until a signal (0) or until it ends by itself (1)."""
    environment = environment_of(data)
    port = allowed_port(name, wanted_port, environment)
    own = {
        "LONGSHORE_URL": environment["LONGSHORE_URL"],
        "PACKAGE": str(build_package(EXAMPLES[name].package)),
        "SESSION_SECRET": secrets.token_hex(),
    }
    with key_for(f"example-{name}", environment) as key:
        example = EXAMPLES[name](data / "examples" / name, port, {**own, "LONGSHORE_TOKEN": key})
        conflicts = taken_ports([example])
        if conflicts:
            raise PartError("\n".join([*conflicts, "Stop that program."]))
        supervisor = Supervisor(print)
        try:
            supervisor.start([example])
            print(
                f"The example {name} is at {example.url}   (Ctrl-C stops it; its log is in {example.logs})", flush=True
            )
            print(last_words(supervisor.watch()))
            return 1
        finally:
            supervisor.stop()


def _interrupt(_number: int, _frame: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it stops already
    raise KeyboardInterrupt


def main(words: Sequence[str]) -> int:
    """Return the exit code."""
    chosen = arguments(words)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return run(chosen.name, chosen.data.absolute(), chosen.port)
    except KeyboardInterrupt:
        return 0
    except (PartError, WebError) as error:
        print(f"./dev example: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
