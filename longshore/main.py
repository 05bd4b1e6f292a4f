"""`longshore`: the groups of commands, and how a failure is told."""

from __future__ import annotations

import sys

import click

from longshore.keys import keys
from service.errors import LongshoreError
from service.settings import SettingsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def longshore() -> None:
    """Longshore's command line."""


longshore.add_command(keys)


def main() -> None:
    """The console script. Exit codes: 0 done, 1 could not be done, 2 asked for wrongly."""
    try:
        longshore()
    except (LongshoreError, SettingsError) as error:
        click.echo(f"longshore: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
