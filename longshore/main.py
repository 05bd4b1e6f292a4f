"""The `longshore` command: load each subcommand when it is called, and report failures."""

from __future__ import annotations

import importlib
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from longshore.cli.words import complain, reason_of
from longshore.client.errors import LongshoreError
from longshore.exits import FAILED, STOPPED, exit_code

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
    "users": "longshore.cli.people:users",
    "appointments": "longshore.cli.people:appointments",
    "whoami": "longshore.cli.people:whoami",
    "config": "longshore.cli.config:config",
    "completion": "longshore.cli.completion:completion",
    "keys": "longshore.keys:keys",
    "doctor": "longshore.doctor.command:doctor",
    "check": "longshore.check:check",
    "owners": "longshore.owners:owners",
    "recover": "longshore.recover:recover",
    "relocate": "longshore.recover:relocate",
    "receipt-key": "longshore.receipt_key:receipt_key",
    "verify": "longshore.verify:verify",
    "webhooks": "longshore.webhooks:webhooks",
}
"""The function of each command. Administrative commands need the service's packages."""
EXTRAS = {"verify": "verify"}
"""The extra of each command that does not need all of the service's packages."""


class Commands(click.Group):
    """A group that imports its commands on demand: uploading needs no database driver."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
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
    """The console script. Exit codes: longshore.exits."""
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
    administration = importlib.import_module("longshore.context")
    reason: str | None = administration.failure(error)
    return reason


def _missing(command: str, module: str) -> click.Command:
    extra = EXTRAS.get(command, "service")

    @click.command(command, context_settings={"ignore_unknown_options": True}, add_help_option=False)
    @click.argument("words", nargs=-1)
    def missing(**_words: tuple[str, ...]) -> None:
        raise click.ClickException(
            f"`longshore {command}` needs more packages ({module} is not installed). Install longshore[{extra}]."
        )

    missing.help = f"(needs longshore[{extra}])"
    return missing


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Treat SIGTERM like Ctrl-C."""
    raise KeyboardInterrupt


def _fail(reason: str, code: int = FAILED) -> NoReturn:
    complain(reason)
    sys.exit(code)


if __name__ == "__main__":
    main()
