"""The `longshore` command: load each subcommand when it is called, and report failures."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from longshore import __version__
from longshore.cli.commands import ALL, MEANT, SECTIONS, WITH_SERVICE
from longshore.cli.exits import FAILED, STOPPED, exit_code
from longshore.cli.help import Group
from longshore.cli.terminal.words import complain, reason_of
from longshore.client.errors import LongshoreError


class Commands(Group):
    """A group that imports its commands on demand: uploading needs no database driver."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(ALL)

    def summary(self, ctx: click.Context, name: str) -> str | None:
        return ALL[name].summary

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ALL:
            return None
        module, _, name = ALL[cmd_name].place.partition(":")
        try:
            found = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            return _missing(cmd_name, error.name or "")
        assert isinstance(found, click.Command)  # noqa: S101 - the table is ours
        # the service does not import the command line
        return Group.of(found) if type(found) is click.Group else found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [CompletionItem(name, help=ALL[name].summary) for name in ALL if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]


@click.group(
    cls=Commands,
    sections=SECTIONS,
    meant=MEANT,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`longshore COMMAND --help` shows a command's options.",
)
@click.version_option(__version__, message="%(prog)s %(version)s", help="Show the version of this program and exit.")
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
    except BrokenPipeError:
        # the program that reads it, such as `head`, has enough; Python would complain when it flushes the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(FAILED)
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
    if ALL[command].where == WITH_SERVICE:
        reason = f"runs where the service is: `docker compose exec api python3 -m longshore.main {command}`"
    else:
        reason = f"needs {module}: install longshore[{command}]"

    @click.command(command, context_settings={"ignore_unknown_options": True}, add_help_option=False)
    @click.argument("words", nargs=-1)
    def missing(**_words: tuple[str, ...]) -> None:
        raise click.ClickException(f"`longshore {command}` {reason}.")

    return missing


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Treat SIGTERM like Ctrl-C."""
    raise KeyboardInterrupt


def _fail(reason: str, code: int = FAILED) -> NoReturn:
    complain(reason)
    sys.exit(code)


if __name__ == "__main__":
    main()
