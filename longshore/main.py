"""The `longshore` command: load each subcommand when it is called, and report failures."""

from __future__ import annotations

import importlib
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from longshore.cli.exits import FAILED, STOPPED, exit_code
from longshore.cli.words import complain, reason_of
from longshore.client.errors import LongshoreError

COMMANDS = {
    "upload": "longshore.cli.upload:upload",
    "resume": "longshore.cli.upload:resume",
    "abort": "longshore.cli.upload:abort",
    "download": "longshore.cli.download:download",
    "status": "longshore.cli.files:status",
    "list": "longshore.cli.files:list_files",
    "delete": "longshore.cli.files:delete",
    "retry": "longshore.cli.files:retry",
    "receipt": "longshore.cli.files:receipt",
    "links": "longshore.cli.links:links",
    "users": "longshore.cli.people:users",
    "appointments": "longshore.cli.people:appointments",
    "whoami": "longshore.cli.people:whoami",
    "config": "longshore.cli.config:config",
    "completion": "longshore.cli.completion:completion",
    "verify": "longshore.cli.verify:verify",
    "admin": "longshore.cli.admin:admin",
}
"""The module of each command."""
OPERATOR_COMMANDS = {
    "keys": "service.admin.keys:keys",
    "doctor": "service.admin.doctor.command:doctor",
    "check": "service.admin.check:check",
    "owners": "service.admin.owners:owners",
    "recover": "service.admin.recover:recover",
    "relocate": "service.admin.recover:relocate",
    "receipt-key": "service.admin.receipt_key:receipt_key",
    "webhooks": "service.admin.webhooks:webhooks",
}
"""Commands that run where the service is: the wheel has the client alone."""
ALL = COMMANDS | OPERATOR_COMMANDS


class Commands(click.Group):
    """A group that imports its commands on demand: uploading needs no database driver."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(ALL)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ALL:
            return None
        module, _, name = ALL[cmd_name].partition(":")
        try:
            found = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            return _missing(cmd_name, error.name or "")
        assert isinstance(found, click.Command)  # noqa: S101 - the table above is ours
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def longshore() -> None:
    """Upload and download files with a Longshore service, and administer the service."""


def main() -> None:
    """The console script. Exit codes: longshore.cli.exits."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        sys.exit(longshore.main(prog_name="longshore", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("stopped", STOPPED)
    except LongshoreError as error:
        _fail(error.sentence, exit_code(error))
    except OSError as error:
        _fail(reason_of(error))
    except Exception as error:
        reason = _administration_failed(error)
        if reason is None:
            raise
        _fail(reason)


def _administration_failed(error: Exception) -> str | None:
    """Return the message for a failure of the service's own code; None for any other."""
    # code that was not imported cannot have failed
    if "service.settings" not in sys.modules:
        return None
    administration = importlib.import_module("service.admin.context")
    reason: str | None = administration.failure(error)
    return reason


def _missing(command: str, module: str) -> click.Command:
    """A command that reports how to get what it needs."""
    if command in OPERATOR_COMMANDS:
        reason = f"runs where the service is: `docker compose exec api python3 -m longshore.main {command}`"
        hint = "(runs where the service is)"
    else:
        reason = f"needs {module}: install longshore[{command}]"
        hint = f"(needs longshore[{command}])"

    @click.command(command, context_settings={"ignore_unknown_options": True}, add_help_option=False)
    @click.argument("words", nargs=-1)
    def missing(**_words: tuple[str, ...]) -> None:
        raise click.ClickException(f"`longshore {command}` {reason}.")

    missing.help = hint
    return missing


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Treat SIGTERM like Ctrl-C."""
    raise KeyboardInterrupt


def _fail(reason: str, code: int = FAILED) -> NoReturn:
    complain(reason)
    sys.exit(code)


if __name__ == "__main__":
    main()
